// Records as the text of their JSON, made by the database: for surfaces that pass them on as they are. The fields stand
// in alphabetical order, instants are ISO 8601 in UTC with milliseconds, nulls are kept.

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../tables.ts';
import { type Condition, conditionSql } from './condition.ts';
import { objectText, type ShapeField } from './json-text.ts';
import type { DataResource, RecordColumn } from './resources.ts';
import { beyond, orderSql, type RowOrder, type RowPlace } from './row-order.ts';

export interface RowList<R extends DataResource> {
  columns: readonly RecordColumn<R>[];
  /** The last one is the id: the tie-break. Null comes before every value. */
  order: readonly RowOrder[];
  where?: Condition<R> | undefined;
  /** The row to read on from (excluded); absent: from the first. */
  from?: RowPlace | undefined;
  /** Rows passed over first. Each costs as much as a row read. */
  skip?: number;
  limit: number;
}

export interface RowPage {
  /** One JSON object each. */
  rows: string[];
  /** Where the last row stands; undefined when there is none. */
  end: RowPlace | undefined;
  hasMore: boolean;
}

type RowFound = Record<string, string | boolean | null>;

/** A keyset page of the organisation's records in any order of their columns. Only the columns asked for are read. */
export async function listRows<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  list: RowList<R>,
): Promise<RowPage> {
  // One more than asked for, to see whether more come.
  const query = rowsQuery(organizationId, resource, { ...list, limit: list.limit + 1 });
  const { rows } = await query.execute(db);
  const shown = rows.slice(0, list.limit);
  const last = shown.at(-1);
  return {
    rows: shown.map((row) => String(row.row)),
    end: last && list.order.map((_, i) => placeValue(last[`place_${i}`])),
    hasMore: rows.length > list.limit,
  };
}

export interface LineList<R extends DataResource> {
  columns: readonly RecordColumn<R>[];
  where?: Condition<R> | undefined;
  /** The id to read on from (excluded); absent: from the first. */
  after?: string | undefined;
  limit: number;
}

export interface LinePage {
  /** One JSON object a line, in the order of their ids; empty when there are none. */
  lines: string;
  count: number;
  lastId: string | undefined;
  /** False only when there are no more. */
  mayHaveMore: boolean;
}

/** The next records by id as lines of JSON, put together by the database: the least that a long read can cost here. */
export async function listLines<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  { after, ...list }: LineList<R>,
): Promise<LinePage> {
  const from = after === undefined ? undefined : [after];
  const rows = rowsQuery(organizationId, resource, {
    ...list,
    from,
    order: [{ column: 'id', direction: 'asc' }],
  });
  const found = await sql<{ lines: string | null; last: string | null; count: number }>`
    select string_agg(page.row, E'\n') || E'\n' as lines, max(page.place_0) as last, count(*)::int as count
    from (${rows}) as page`.execute(db);
  const { lines, last, count } = found.rows[0] ?? { lines: null, last: null, count: 0 };
  return { lines: lines ?? '', count, lastId: last ?? undefined, mayHaveMore: count === list.limit };
}

/** The statement of a page. JSON is made of the rows of the page alone. */
export function rowsQuery<R extends DataResource>(
  organizationId: string,
  resource: R,
  { columns, order, where, from, skip = 0, limit }: RowList<R>,
): RawBuilder<RowFound> {
  const fields = [...columns]
    .sort()
    .map((name): ShapeField => ({ key: name, value: { kind: 'stored', name } }));
  const read = [...new Set([...columns, ...order.map(({ column }) => column)])];
  const conditions = [
    sql<SqlBool>`record.organization_id = ${organizationId}`,
    ...(where === undefined ? [] : [conditionSql(resource, where)]),
    ...(from === undefined ? [] : [beyond(resource, order, from)]),
  ];
  return sql`
    select ${objectText(resource, 'page', fields)} as row, ${sql.join(order.map(placeColumn))}
    from (
      select ${sql.join(read.map((name) => sql.ref(`record.${name}`)))} from ${sql.table(resource)} as record
      where ${sql.join(conditions, sql` and `)}
      order by ${orderSql(resource, 'record', order)} limit ${sql.lit(limit)} offset ${sql.lit(skip)}
    ) as page
    order by ${orderSql(resource, 'page', order)}`;
}

const placeColumn = ({ column }: { column: string }, i: number) =>
  sql`${sql.ref(`page.${column}`)} as ${sql.id(`place_${i}`)}`;

const placeValue = (value: string | boolean | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value);
