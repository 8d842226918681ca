// The audit trail: who did what to which credential or account, from where, and when.

import { useInfiniteQuery } from '@tanstack/react-query';
import type { AuditEventFilter } from '../../operations/documents.ts';
import { AccountChoice } from '../accounts/account-choice.tsx';
import { apiErrorOf } from '../api/api-error.ts';
import { TableSkeleton } from '../credentials/credential-table.tsx';
import { counted, entriesOf } from '../credentials/words.ts';
import { known, useAddressState } from '../parts/address-state.ts';
import { Button } from '../parts/button.tsx';
import { Choice } from '../parts/choice.tsx';
import { More } from '../parts/more.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { PageHead } from '../shell/page-head.tsx';
import { AuditEvents } from './audit-events.tsx';
import { DayField, endOf, startOf } from './day-field.tsx';
import { auditQuery } from './queries.ts';
import { TargetPicker } from './target-picker.tsx';
import { actionNames } from './words.ts';

const names = ['action', 'actor', 'target', 'from', 'until'] as const;
const cleared = { action: '', actor: '', target: '', from: '', until: '' };

export default function AuditPage() {
  const [address, change] = useAddressState(names);
  const action = known(address.action, actionNames);
  const filter: AuditEventFilter = {
    action: action ? [action] : null,
    actorAccountId: address.actor || null,
    targetId: address.target || null,
    from: startOf(address.from),
    until: endOf(address.until),
  };
  const query = useInfiniteQuery(auditQuery(filter));
  const events = query.data?.pages.flatMap(({ nodes }) => nodes);
  const total = query.data?.pages[0]?.totalCount ?? 0;
  const filtered = names.some((name) => address[name] !== '');
  return (
    <div className="page">
      <PageHead
        title="Audit"
        lead="Every change of credentials and accounts, and every sign-in, refused ones too."
      />
      <search className="filters">
        <Choice
          label="Action"
          any="Any"
          value={action}
          options={entriesOf(actionNames)}
          onChange={(next) => change({ action: next })}
        />
        <AccountChoice
          label="By"
          account={address.actor}
          among={({ kind }) => kind === 'PERSON'}
          onChange={(actor) => change({ actor })}
        />
        <TargetPicker target={address.target} onChange={(target) => change({ target })} />
        <DayField label="From" value={address.from} onChange={(from) => change({ from })} />
        <DayField label="To" value={address.until} onChange={(until) => change({ until })} />
        {filtered && (
          <Button variant="quiet" onClick={() => change(cleared)}>
            Clear filters
          </Button>
        )}
      </search>
      {query.error && <Trouble error={apiErrorOf(query.error)} onRetry={() => void query.refetch()} />}
      {events?.length === 0 && (
        <section className="empty">
          <h2>Nothing happened</h2>
          <p>No event of the trail matches these filters.</p>
        </section>
      )}
      {events && events.length > 0 && (
        <>
          <div className="section" aria-busy={query.isPlaceholderData}>
            <AuditEvents events={events} />
          </div>
          <More
            total={counted(total, 'event')}
            shown={events.length}
            pending={query.isFetchingNextPage}
            onMore={query.hasNextPage ? () => void query.fetchNextPage() : undefined}
          />
        </>
      )}
      {query.isPending && <TableSkeleton />}
    </div>
  );
}
