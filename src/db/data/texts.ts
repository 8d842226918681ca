// Pages of records as one piece of JSON text each: for readers that pass a page on and look into none of its records.

import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { instantText } from '../column-values.ts';
import { type Position, sliceOf } from '../page.ts';
import { longestResult, ResultTooLongError } from '../result-size.ts';
import type { Database } from '../tables.ts';
import { instantBytes, withInstants } from './instants-apart.ts';
import type { RecordShape } from './json-text.ts';
import type { NeighbourList } from './neighbours.ts';
import { orderColumn, positionColumns, type RecordList, recordsOf, selected } from './read.ts';
import type { DataResource, RecordColumn } from './resources.ts';

/** Between records: a blank to JSON, and one that no text of a record has, since it would be escaped there. */
const separator = ',\t';

export interface TextPage {
  /** Of the records, with commas between them; empty when there are none. */
  readonly items: string;
  readonly hasMore: boolean;
  /** Where the first and the last record stand; undefined when there is none, or when they were not asked for. */
  readonly first: Position | undefined;
  readonly last: Position | undefined;
}

export const noText: TextPage = { items: '', hasMore: false, first: undefined, last: undefined };

type Ordered = Pick<RecordList<DataResource, never>, 'orderBy' | 'direction' | 'page'>;

/** What is read of each record. */
interface Shaped {
  readonly shape: RecordShape;
  /** Whether it is wanted where a page begins and ends. */
  readonly places: boolean;
}

interface Found {
  /** Null when there are no records, or too long a text of them. */
  items: string | null;
  instants: Uint8Array | null;
  found: number;
  first: Position | null;
  last: Position | null;
}

/** A page of the organisation's records, read forward, in any order but that of a sync. @throws ResultTooLongError */
export async function listTexts<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  list: Omit<RecordList<R, RecordColumn<R>>, 'columns' | 'shape'> & Shaped,
): Promise<TextPage> {
  const records = recordsOf(db, organizationId, resource, list.where).select(readOf(list));
  const { rows } = await joinedSlice(records, list).execute(db);
  return rows[0] ? textPage(rows[0], list) : noText;
}

/** The same page of each parent's list, read forward; a parent without records has no entry. @throws ResultTooLongError */
export async function listNeighbourTexts<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  parentIds: readonly string[],
  list: Omit<NeighbourList<R>, 'columns' | 'shape'> & Shaped,
): Promise<Map<string, TextPage>> {
  const ofParent = recordsOf(db, organizationId, resource, list.where)
    .select(readOf(list))
    .where(sql<boolean>`${sql.ref(`record.${list.parentColumn}`)} = parent.id`);
  const { rows } = await sql<Found & { parent_id: string }>`
    select parent.id as parent_id, page.items, page.instants, page.found, page.first, page.last
    from unnest(${[...parentIds]}::text[]) as parent (id)
    cross join lateral (${joinedSlice(ofParent, list)}) as page
    where page.found > 0`.execute(db);
  return new Map(rows.map((row) => [row.parent_id, textPage(row, list)]));
}

/** What a slice reads of each record. */
const readOf = ({ orderBy, shape: { apart } }: Pick<Ordered, 'orderBy'> & Shaped) =>
  selected<DataResource>({
    orderBy,
    columns: apart.instants as readonly RecordColumn<DataResource>[],
    shape: apart,
  });

/** The records of a slice as one row. An aggregate takes the rows of an ordered subquery in their order. */
function joinedSlice<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  list: Ordered & Shaped,
): RawBuilder<Found> {
  const columns = positionColumns(list.orderBy);
  const slice = sliceOf(query, { columns: columns.map(orderColumn), direction: list.direction }, list.page);
  const placeAt = (place: RawBuilder<unknown>) =>
    sql`array[${sql.join(columns.map((name) => sql`(array_agg(item.${sql.id(name)}::text))[${place}]`))}]`;
  const lastShown = sql`least(count(*), ${sql.lit(list.page.limit)})`;
  const places = list.places
    ? sql`${placeAt(sql`1`)} as first, ${placeAt(lastShown)} as last`
    : sql`null::text[] as first, null::text[] as last`;
  return sql`
    select case when octet_length(page.items) <= ${sql.lit(longestResult)} then page.items end as items,
      page.instants, page.found, page.first, page.last
    from (
      select string_agg(item.json, ${sql.lit(separator)}) as items,
        ${instantBytes('item', list.shape.apart.instants)} as instants, count(*)::int as found, ${places}
      from (${slice}) as item) as page`;
}

/** One record more than asked for was read, to see whether more come. @throws ResultTooLongError */
function textPage({ items, instants, found, first, last }: Found, { orderBy, page }: Ordered): TextPage {
  if (found === 0) return noText;
  if (items === null) throw new ResultTooLongError();
  const hasMore = found > page.limit;
  const shown = hasMore ? items.slice(0, items.lastIndexOf(separator)) : items;
  const position = (place: Position | null) =>
    place?.map((text, i) => (orderBy !== 'ID' && i === 0 ? instantText(text) : text));
  return { items: withInstants(shown, instants), hasMore, first: position(first), last: position(last) };
}
