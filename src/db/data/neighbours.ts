// Records that stand beside others: those with certain ids, and the lists that hang on certain parents. Each function
// runs one statement, however many parents there are.

import { sql } from 'kysely';
import { compareBytes, type Page, type PageRequest, pageOf, readsUpward, sliceOf } from '../page.ts';
import type { Database } from '../tables.ts';
import {
  orderColumn,
  positionColumns,
  type RecordList,
  type RecordOrderField,
  recordsOf,
  selected,
  selectedNames,
} from './read.ts';
import type { RecordShape } from './record-shape.ts';
import type { DataResource, RecordColumn, RecordRow } from './resources.ts';

/** A record of which the columns asked for were read. */
type PartOf<R extends DataResource> = Partial<RecordRow<R>>;

/** A list that each parent has: records that hold the parent's id in `parentColumn`. */
export interface NeighbourList<R extends DataResource> extends RecordList<R, RecordColumn<R>> {
  parentColumn: RecordColumn<R>;
}

/** Those of these ids that the organisation has, by their ids. */
export async function findRecords<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  ids: readonly string[],
  columns: readonly RecordColumn<R>[],
  shape?: RecordShape,
): Promise<Map<string, PartOf<R>>> {
  const rows = (await recordsOf(db, organizationId, resource)
    .select(selected({ columns, orderBy: 'ID' as RecordOrderField<R>, shape }))
    .where(sql<boolean>`record.id = any(${[...ids]}::text[])`)
    .execute()) as ({ id: string } & PartOf<R>)[];
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * The same page of each parent's list. Rows hold the columns asked for and those of their position; a parent without
 * records has no entry.
 */
export async function listNeighbours<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  parentIds: readonly string[],
  list: NeighbourList<R>,
): Promise<Map<string, Page<PartOf<R>>>> {
  const position = positionColumns(list.orderBy);
  const order = { columns: position.map(orderColumn), direction: list.direction };
  const ofParent = recordsOf(db, organizationId, resource, list.where)
    .select(selected(list))
    .where(sql<boolean>`${sql.ref(`record.${list.parentColumn}`)} = parent.id`);
  const { rows } = await sql<{ parent_of_record: string } & PartOf<R>>`
    select parent.id as parent_of_record, ${sql.join(selectedNames(list).map((name) => sql.ref(`record.${name}`)))}
    from unnest(${[...parentIds]}::text[]) as parent (id)
    cross join lateral (${sliceOf(ofParent, order, list.page)}) as record`.execute(db);
  return pagesByParent(rows, list.page, placeComparison(position, readsUpward(order, list.page)));
}

/**
 * Puts rows in the order in which they were read. An `order by` over all parents' rows would make the database sort them,
 * although each parent's come from an index in their order.
 */
function placeComparison(columns: readonly string[], ascending: boolean) {
  const textOf = (row: object, name: string) => String((row as Record<string, unknown>)[name]);
  return (a: object, b: object) => {
    for (const name of columns) {
      const order = compareBytes(textOf(a, name), textOf(b, name));
      if (order !== 0) return ascending ? order : -order;
    }
    return 0;
  };
}

function pagesByParent<Row extends { parent_of_record: string }>(
  rows: readonly Row[],
  page: PageRequest,
  comparison: (a: Row, b: Row) => number,
): Map<string, Page<Row>> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const siblings = found.get(row.parent_of_record);
    if (siblings) siblings.push(row);
    else found.set(row.parent_of_record, [row]);
  }
  return new Map([...found].map(([parent, siblings]) => [parent, pageOf(siblings.sort(comparison), page)]));
}

/** How long each parent's list is; a parent without records has no entry. */
export async function countNeighbours<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  parentIds: readonly string[],
  { parentColumn, where }: Pick<NeighbourList<R>, 'parentColumn' | 'where'>,
): Promise<Map<string, number>> {
  const parent = sql<string>`${sql.ref(`record.${parentColumn}`)}`;
  const rows = await recordsOf(db, organizationId, resource, where)
    .select([parent.as('parent_id'), sql<number>`count(*)::int`.as('count')])
    .where(sql<boolean>`${parent} = any(${[...parentIds]}::text[])`)
    .groupBy(parent)
    .execute();
  return new Map(rows.map((row) => [row.parent_id, row.count]));
}
