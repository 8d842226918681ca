// Reading records: one by its id, or a keyset page in one of three orders. Only the columns asked for are read.

import { type AliasedRawBuilder, type RawBuilder, sql } from 'kysely';
import { type ListOrder, type OrderColumn, type Page, type PageRequest, readPage } from '../page.ts';
import type { Database } from '../tables.ts';
import { type Condition, conditionSql } from './condition.ts';
import type { RecordShape } from './record-shape.ts';
import type { DataResource, RecordColumn, RecordRow } from './resources.ts';
import { readSyncPage } from './sync.ts';

/** What a list may be ordered by; users have no created_time. The id is always the tie-break. */
export type RecordOrderField<R extends DataResource = DataResource> = R extends 'users'
  ? 'LAST_UPDATED_TIME' | 'ID'
  : 'CREATED_TIME' | 'LAST_UPDATED_TIME' | 'ID';

export interface RecordList<R extends DataResource, Column extends RecordColumn<R>> {
  orderBy: RecordOrderField<R>;
  direction: ListOrder['direction'];
  page: PageRequest;
  columns: readonly Column[];
  /** What the JSON text of each record, its `json`, holds; absent: there is none. */
  shape?: Pick<RecordShape, 'sql'> | undefined;
  /** Absent: every record. */
  where?: Condition<R> | undefined;
}

const timeOf = { CREATED_TIME: 'created_time', LAST_UPDATED_TIME: 'last_updated_time' } as const;

/** The columns whose values are a row's position in a list with this order. */
export const positionColumns = (
  orderBy: RecordOrderField,
): ('created_time' | 'last_updated_time' | 'id')[] => (orderBy === 'ID' ? ['id'] : [timeOf[orderBy], 'id']);

/** The record with this id, or undefined when the organisation has none. */
export async function findRecord<R extends DataResource, Column extends RecordColumn<R>>(
  db: Database,
  organizationId: string,
  resource: R,
  id: string,
  columns: readonly Column[],
): Promise<Pick<RecordRow<R>, Column & keyof RecordRow<R>> | undefined> {
  const row = await recordsOf(db, organizationId, resource)
    .select(columns.map(column))
    .where(sql.ref('record.id'), '=', id)
    .executeTakeFirst();
  return row as Pick<RecordRow<R>, Column & keyof RecordRow<R>> | undefined;
}

/**
 * A page of the organisation's records. The rows hold the columns asked for, and those that make up the row's position,
 * so that a cursor can be made of every row.
 */
export async function listRecords<R extends DataResource, Column extends RecordColumn<R>>(
  db: Database,
  organizationId: string,
  resource: R,
  list: RecordList<R, Column>,
): Promise<Page<Pick<RecordRow<R>, Column & keyof RecordRow<R>>>> {
  const position = positionColumns(list.orderBy);
  const query = recordsOf(db, organizationId, resource, list.where).select(selected(list));
  const order = { columns: position.map(orderColumn), direction: list.direction };
  const page =
    list.orderBy === 'LAST_UPDATED_TIME' && list.direction === 'asc'
      ? await readSyncPage(db, organizationId, resource, query, list.page)
      : await readPage(query, order, list.page);
  return page as Page<Pick<RecordRow<R>, Column & keyof RecordRow<R>>>;
}

/** How many records of the resource the organisation has. Counts them one by one: ask only when the number is wanted. */
export async function countRecords<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  where?: Condition<R>,
): Promise<number> {
  const row = await recordsOf(db, organizationId, resource, where)
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** The table under one alias, so that a query reads the same for each resource. */
export function recordsOf<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  where?: Condition<R>,
) {
  const table: AliasedRawBuilder<object, 'record'> = sql<object>`${sql.table(resource)}`.as('record');
  const query = db.selectFrom(table).where(sql.ref('record.organization_id'), '=', organizationId);
  return where === undefined ? query : query.where(conditionSql(resource, where));
}

type Selection<R extends DataResource> = Pick<
  RecordList<R, RecordColumn<R>>,
  'columns' | 'orderBy' | 'shape'
>;

/** The names of what a list reads of a record: the columns asked for, those of its position, and its JSON. */
export const selectedNames = <R extends DataResource>({
  columns,
  orderBy,
  shape,
}: Selection<R>): string[] => [
  ...new Set<string>([...columns, ...positionColumns(orderBy), ...(shape ? ['json'] : [])]),
];

/** What a list reads of a record, under those names. */
export const selected = <R extends DataResource>(list: Selection<R>) =>
  selectedNames(list).map((name) =>
    list.shape && name === 'json' ? sql.raw<string>(list.shape.sql).as(name) : column(name),
  );

export const column = (name: string) => sql.ref(`record.${name}`).as(name);

export function orderColumn(name: string): OrderColumn {
  const expression: RawBuilder<unknown> = sql.ref(`record.${name}`);
  return { expression, type: name === 'id' ? 'text' : 'timestamptz' };
}
