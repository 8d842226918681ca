// Records as the text of their JSON, for surfaces that pass them on as they are: made by the database for a page, and by
// the line writer for long reads. The fields stand in alphabetical order, instants are ISO 8601 in UTC with milliseconds,
// nulls are kept.

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../tables.ts';
import { type Condition, conditionSql } from './condition.ts';
import { objectText, type ShapeField } from './json-text.ts';
import type { LinePage, LineWriter } from './line-writer.ts';
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
  where?: Condition<R> | undefined;
  /** The id to read on from (excluded); absent: from the first. */
  after?: string | undefined;
  limit: number;
}

/** The next records by id as lines of JSON, for long reads. What the writer had before is overwritten. */
export async function listLines<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  { after, ...list }: LineList<R>,
  writer: LineWriter,
): Promise<LinePage> {
  const rows = sliceSql(organizationId, resource, writer.columns, {
    ...list,
    from: after === undefined ? undefined : [after],
    order: [{ column: 'id', direction: 'asc' }],
  });
  const target = writer.begin(list.limit);
  await sql`copy (${rows}) to ${target} (format binary)`.execute(db);
  return writer.end();
}

/** The statement of a page. JSON is made of the rows of the page alone. */
export function rowsQuery<R extends DataResource>(
  organizationId: string,
  resource: R,
  { columns, ...slice }: RowList<R>,
): RawBuilder<RowFound> {
  const { order } = slice;
  const fields = [...columns]
    .sort()
    .map((name): ShapeField => ({ key: name, value: { kind: 'stored', name } }));
  const read = [...new Set([...columns, ...order.map(({ column }) => column)])];
  return sql`
    select ${objectText(resource, 'page', fields)} as row, ${sql.join(order.map(placeColumn))}
    from (${sliceSql(organizationId, resource, read, slice)}) as page
    order by ${orderSql(resource, 'page', order)}`;
}

/** These columns of the records of a page, in their order. */
function sliceSql<R extends DataResource>(
  organizationId: string,
  resource: R,
  columns: readonly string[],
  { order, where, from, skip = 0, limit }: Omit<RowList<R>, 'columns'>,
): RawBuilder<unknown> {
  const conditions = [
    sql<SqlBool>`record.organization_id = ${organizationId}`,
    ...(where === undefined ? [] : [conditionSql(resource, where)]),
    ...(from === undefined ? [] : [beyond(resource, order, from)]),
  ];
  return sql`
    select ${sql.join(columns.map((name) => sql.ref(`record.${name}`)))} from ${sql.table(resource)} as record
    where ${sql.join(conditions, sql` and `)}
    order by ${orderSql(resource, 'record', order)} limit ${sql.lit(limit)} offset ${sql.lit(skip)}`;
}

const placeColumn = ({ column }: { column: string }, i: number) =>
  sql`${sql.ref(`page.${column}`)} as ${sql.id(`place_${i}`)}`;

const placeValue = (value: string | boolean | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value);
