// What a scope opens, seen before it is given: the first records of its resource, and its statistics.

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { apiErrorOf } from '../api/api-error.ts';
import { counted } from '../credentials/words.ts';
import { useAddressState } from '../parts/address-state.ts';
import { BlockSkeleton } from '../parts/table-skeleton.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { useSession } from '../session/session-store.ts';
import { NotFoundPage } from '../shell/not-found-page.tsx';
import { PageHead } from '../shell/page-head.tsx';
import { DayChart } from './day-chart.tsx';
import { GroupChart } from './group-chart.tsx';
import { RecordTable } from './record-table.tsx';
import { type Records, type Resource, resources, type Statistics } from './resources.ts';

const ranges: readonly (readonly [days: string, name: string])[] = [
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
];
const firstRecords = 10;

export default function ExplorerPage({ resource: path = 'interactions' }: { resource: string | undefined }) {
  const [address, change] = useAddressState(['days']);
  const days = ranges.some(([one]) => one === address.days) ? address.days : '30';
  const organization = useSession().viewer?.organization.name;
  const resource = Object.hasOwn(resources, path) ? resources[path] : undefined;
  if (!resource) return <NotFoundPage />;
  const query = address.days ? `?days=${days}` : '';
  return (
    <div className="page">
      <PageHead
        title="Data explorer"
        lead={`What a credential with a scope reads of ${organization}’s data. You see it because you are a Super Admin.`}
      />
      <div className="explorer-head">
        <nav className="tabs" aria-label="Scopes">
          {Object.entries(resources).map(([name, { title, scope }]) => (
            <Link
              key={name}
              href={`/explorer/${name}${query}`}
              className="chip tab"
              data-scope={scope}
              aria-current={name === path ? 'page' : undefined}
            >
              {title}
            </Link>
          ))}
        </nav>
        {resource.count && (
          <div className="choice">
            <label htmlFor="range">Last</label>
            <select id="range" value={days} onChange={(event) => change({ days: event.target.value })}>
              {ranges.map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </div>
        )}
      </div>
      <Look key={path} path={path} resource={resource} days={Number(days)} />
    </div>
  );
}

/** A name with its region, as the API takes it. Some browsers tell an offset, or that they do not know. */
const told = Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
const timeZone = /^(?!Etc\/)[A-Za-z_]+\/./.test(told) ? told : 'UTC';

/** Whole days of the reader's calendar, today among them. */
function lastDays(days: number) {
  const until = new Date();
  until.setHours(24, 0, 0, 0);
  const from = new Date(until);
  // Not so many times 24 hours: a clock may have been changed between.
  from.setDate(from.getDate() - days);
  return { from: from.toISOString(), until: until.toISOString() };
}

interface LookProps {
  path: string;
  resource: Resource;
  days: number;
}

/** Statistics above records. They come at different times, and are shown at one, so that neither moves the other. */
function Look({ path, resource, days }: LookProps) {
  const { count, read, title, scope } = resource;
  const statistics = useQuery({
    queryKey: ['explorer', path, 'statistics', days],
    queryFn: ({ signal }) => count?.(lastDays(days), timeZone, signal) ?? null,
    placeholderData: keepPreviousData,
  });
  const records = useQuery({
    queryKey: ['explorer', path, 'records'],
    queryFn: ({ signal }) => read(firstRecords, signal),
  });
  if (statistics.isPending || records.isPending) return <BlockSkeleton />;
  return (
    <div className="stack-wide" data-scope={scope}>
      <Failure query={statistics} />
      {statistics.data && <Charts statistics={statistics.data} turning={statistics.isPlaceholderData} />}
      <Failure query={records} />
      {records.data && <FirstRecords title={title} records={records.data} />}
    </div>
  );
}

/** In place of what could not be read. */
function Failure({ query }: { query: UseQueryResult<unknown> }) {
  if (!query.error || query.data) return null;
  return <Trouble error={apiErrorOf(query.error)} onRetry={() => void query.refetch()} />;
}

function Charts({ statistics, turning }: { statistics: Statistics; turning: boolean }) {
  return (
    <div className="columns" aria-busy={turning}>
      {statistics.perDay.map((one) => (
        <DayChart key={one.title} {...one} />
      ))}
      {statistics.groups.map((one) => (
        <GroupChart key={one.title} {...one} />
      ))}
    </div>
  );
}

function FirstRecords({ title, records }: { title: string; records: Records }) {
  const { totalCount } = records;
  return (
    <section className="section" aria-label="Records">
      <div className="section-head">
        <h2>{totalCount > firstRecords ? `The newest ${firstRecords}` : 'Records'}</h2>
        <span className="quiet">{counted(totalCount, 'record')} in all</span>
      </div>
      {totalCount === 0 ? (
        <p className="quiet">
          There are none yet. <code>latchkey import</code> loads them.
        </p>
      ) : (
        <RecordTable label={title} records={records} />
      )}
    </section>
  );
}
