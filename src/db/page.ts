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
  /** Where a row stands; absent: where its values in the order's columns say. */
  positionOf?(row: Row): Position;
  /** Where to read on from when nothing was found; absent: nowhere new. */
  resumeFrom?: Position | undefined;
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
  return pageOf(await sliceOf(query, order, page).execute(), page);
}

/** `query` with the place, the order, and the limit of a page: one row more than asked for, to see whether more come. */
export function sliceOf<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  order: ListOrder,
  page: PageRequest,
): SelectQueryBuilder<DB, TB, Row> {
  const ascending = readsUpward(order, page);
  let slice = query;
  if (page.from !== undefined) slice = slice.where(beyond(order.columns, page.from, ascending));
  for (const column of order.columns) slice = slice.orderBy(column.expression, ascending ? 'asc' : 'desc');
  // As a literal: the planner has to know how few rows are wanted, whatever the parameters.
  return slice.limit(sql.lit(page.limit + 1));
}

/** Whether a page is read from lower values to higher ones. */
export const readsUpward = (order: Pick<ListOrder, 'direction'>, page: PageRequest): boolean =>
  (order.direction === 'asc') === (page.towards === 'forward');

/** The page that the rows of a slice make, in the order in which they were read. */
export function pageOf<Row>(found: readonly Row[], page: PageRequest): Page<Row> {
  const rows = found.slice(0, page.limit);
  return { rows: page.towards === 'backward' ? rows.reverse() : rows, hasMore: found.length > page.limit };
}

function beyond(columns: readonly OrderColumn[], from: Position, ascending: boolean) {
  const left = sql.join(columns.map((column) => column.expression));
  const right = sql.join(columns.map((column, i) => sql`${from[i]}::${sql.raw(column.type)}`));
  return ascending ? sql<boolean>`(${left}) > (${right})` : sql<boolean>`(${left}) < (${right})`;
}

/** How positions of one order stand to each other, as in the database: ids bytewise, instants as ISO 8601 text. */
export function comparePositions(a: Position, b: Position): number {
  const first = a.findIndex((value, i) => value !== b[i]);
  return compareBytes(a[first] ?? '', b[first] ?? '');
}

/** How texts stand to each other by the bytes of their UTF-8. */
export function compareBytes(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const [one, other] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (one !== other) return placeOfUnit(one) - placeOfUnit(other);
  }
  return a.length - b.length;
}

/** Halves of surrogate pairs stand for characters that come after all others. */
const placeOfUnit = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
