// A list that is read page by page, forward and back: its rows, the place kept for them, what is said when there are
// none, and the way to the other pages.

import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { PageEndsFragment } from '../../operations/documents.ts';
import { apiErrorOf } from '../api/api-error.ts';
import { Button } from './button.tsx';
import { Pager } from './pager.tsx';
import { isInside, type Place } from './place.ts';
import { TableSkeleton } from './table-skeleton.tsx';
import { Trouble } from './trouble.tsx';

interface ListPage<Row> {
  nodes: readonly Row[];
  pageInfo: PageEndsFragment;
  totalCount: number;
}

interface PagedListProps<Row> {
  query: UseQueryResult<ListPage<Row>>;
  place: Place;
  total(count: number): string;
  /** In place of the rows, when there are none. */
  nothing: ReactNode;
  onTurn(to: Partial<Place>): void;
  onClear(): void;
  children(rows: readonly Row[], turning: boolean): ReactNode;
}

export function PagedList<Row>(props: PagedListProps<Row>) {
  const { query, place, total, nothing, onTurn, onClear, children } = props;
  const { data: page, isPlaceholderData: turning } = query;
  const trouble = query.error && <ListTrouble query={query} onClear={onClear} />;
  if (!page) return trouble ?? <TableSkeleton />;
  const empty = page.nodes.length === 0 && !trouble;
  return (
    <>
      {trouble}
      {!empty && children(page.nodes, turning)}
      {empty && (isInside(place) ? <NothingMore onBegin={() => onTurn({})} /> : nothing)}
      <Pager
        total={total(page.totalCount)}
        shown={!empty}
        page={page.pageInfo}
        turning={turning}
        onTurn={onTurn}
      />
    </>
  );
}

/** What cannot be asked for, such as a cursor of another list in an edited address, is not asked for again. */
function ListTrouble({ query, onClear }: { query: UseQueryResult<unknown>; onClear(): void }) {
  const error = apiErrorOf(query.error);
  const hopeless = error.code === 'BAD_USER_INPUT';
  return (
    <Trouble
      error={error}
      onRetry={hopeless ? onClear : () => void query.refetch()}
      retry={hopeless ? 'Begin anew' : undefined}
    />
  );
}

/** Beyond the end: what stood here is gone by now. */
function NothingMore({ onBegin }: { onBegin(): void }) {
  return (
    <section className="empty">
      <h2>Nothing more here</h2>
      <p>What stood at this place of the list is deleted or changed by now.</p>
      <Button onClick={onBegin}>To the beginning</Button>
    </section>
  );
}
