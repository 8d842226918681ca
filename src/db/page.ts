// Keyset pages: one way of asking for a slice of an ordered list, used by every list. Never by offset.

import { type Expression, type SelectQueryBuilder, sql } from 'kysely';

/** Values of the order's columns in one row, as text: where a page begins or ends. */
export type Position = readonly string[];

export interface PageRequest {
  /** How many rows at most. */
  limit: number;
  /** 'forward' reads on from `from`, 'backward' reads what stands before it. */
  towards: 'forward' | 'backward';
  /** The row to read on from (excluded); absent: from the first row, or backward from the last. */
  from?: Position;
}

export interface Page<Row> {
  /** In list order, also when read backward. */
  rows: Row[];
  /** Whether the list goes on beyond this page in the direction read. */
  hasMore: boolean;
}

/** One column of a list's order. All columns of an order run the same way, so that a row comparison finds the place. */
export interface OrderColumn {
  expression: Expression<unknown>;
  /** The column's SQL type: what a position's text is cast to. */
  type: 'text' | 'timestamptz';
}

export interface ListOrder {
  /** The last one is the id: the tie-break. */
  columns: readonly OrderColumn[];
  direction: 'asc' | 'desc';
}

/**
 * Runs `query` as one keyset page in one statement. The caller selects the columns and the conditions; this adds the
 * place, the order, and the limit. Rows that arrive or leave elsewhere in the list neither repeat nor hide others.
 */
export async function readPage<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  order: ListOrder,
  page: PageRequest,
): Promise<Page<Row>> {
  const ascending = (order.direction === 'asc') === (page.towards === 'forward');
  let slice = query;
  if (page.from !== undefined) slice = slice.where(beyond(order.columns, page.from, ascending));
  for (const column of order.columns) slice = slice.orderBy(column.expression, ascending ? 'asc' : 'desc');
  const found = await slice.limit(page.limit + 1).execute();
  const rows = found.slice(0, page.limit);
  return { rows: page.towards === 'backward' ? rows.reverse() : rows, hasMore: found.length > page.limit };
}

function beyond(columns: readonly OrderColumn[], from: Position, ascending: boolean) {
  const left = sql.join(columns.map((column) => column.expression));
  const right = sql.join(columns.map((column, i) => sql`${from[i]}::${sql.raw(column.type)}`));
  return ascending ? sql<boolean>`(${left}) > (${right})` : sql<boolean>`(${left}) < (${right})`;
}
