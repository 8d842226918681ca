// Pages of records as one piece of JSON text each: for readers that pass a page on and look into none of its records.

import { CompiledQuery, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { instantText } from '../column-values.ts';
import { type Position, sliceOf } from '../page.ts';
import { longestResult, ResultTooLongError } from '../result-size.ts';
import type { Database } from '../tables.ts';
import { type Condition, conditionForm, conditionValues } from './condition.ts';
import type { NeighbourList } from './neighbours.ts';
import { noInstants, type PageValues, separator } from './page-values.ts';
import type { PageWriter } from './page-writer.ts';
import { orderColumn, positionColumns, type RecordList, recordsOf, selected } from './read.ts';
import type { RecordShape } from './record-shape.ts';
import type { DataResource, RecordColumn } from './resources.ts';

export interface TextPage<Items extends Json = Json> {
  /** Of the records, with commas between them; empty when there are none. */
  readonly items: Items;
  readonly hasMore: boolean;
  /** Where the first and the last record stand; undefined when there is none, or when they were not asked for. */
  readonly first: Position | undefined;
  readonly last: Position | undefined;
}

/** Bytes are UTF-8. */
export type Json = string | Buffer;

export const noText: TextPage<string> = { items: '', hasMore: false, first: undefined, last: undefined };

type Ordered = Pick<RecordList<DataResource, never>, 'orderBy' | 'direction' | 'page'>;

/** What is made of each record. */
interface Shaped {
  readonly shape: RecordShape;
  /** Whether it is wanted where a page begins and ends. */
  readonly places: boolean;
  readonly writer: PageWriter;
}

interface Found {
  /** What was read of each record. Null when there are no records, or too long a text of them. */
  texts: string | null;
  instants: Uint8Array | null;
  found: number;
  /** Where they were asked for. */
  first?: Position | null;
  last?: Position | null;
}

/** A page of the organisation's records, read forward, in any order but that of a sync. @throws ResultTooLongError */
export async function listTexts<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  list: Omit<RecordList<R, RecordColumn<R>>, 'columns' | 'shape'> & Shaped,
): Promise<TextPage> {
  const where = list.where as Condition | undefined;
  const values = [organizationId, ...(where ? conditionValues(where) : []), ...(list.page.from ?? [])];
  const kept = (written: Buffer) => Buffer.from(written);
  const pages = await pagesOf(list, kept, async (reading) => {
    const text = statementText(list, where, reading, () => {
      const records = recordsOf(db, organizationId, resource, list.where).select(readOf(list, reading));
      return joinedSlice(records, list, reading).compile(db).sql;
    });
    return (await db.executeQuery<Found>(CompiledQuery.raw(text, values))).rows;
  });
  return pages[0]?.page ?? noText;
}

/** A statement takes as long to be put together as to be sent, and is the same again but for its values. */
function statementText(
  { shape, orderBy, direction, page, places }: Ordered & Shaped,
  where: Condition | undefined,
  reading: Reading,
  compiled: () => string,
): string {
  const form = [
    reading.sql === shape.sql,
    orderBy,
    direction,
    page.limit,
    page.from === undefined,
    places,
    where && conditionForm(where),
  ].join();
  const known = shape.statements.get(form);
  if (known !== undefined) return known;
  const text = compiled();
  shape.statements.set(form, text);
  return text;
}

/** The same page of each parent's list, read forward; a parent without records has no entry. @throws ResultTooLongError */
export async function listNeighbourTexts<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  parentIds: readonly string[],
  list: Omit<NeighbourList<R>, 'columns' | 'shape'> & Shaped,
): Promise<Map<string, TextPage<string>>> {
  const pages = await pagesOf(list, String, async (reading) => {
    const ofParent = recordsOf(db, organizationId, resource, list.where)
      .select(readOf(list, reading))
      .where(sql<boolean>`${sql.ref(`record.${list.parentColumn}`)} = parent.id`);
    const { rows } = await sql<Found & { parent_id: string }>`
      select parent.id as parent_id, page.*
      from unnest(${[...parentIds]}::text[]) as parent (id)
      cross join lateral (${joinedSlice(ofParent, list, reading)}) as page
      where page.found > 0`.execute(db);
    return rows;
  });
  return new Map(pages.map(({ row, page }) => [row.parent_id, page]));
}

/** What a statement reads of each record, and what is made of the page. */
interface Reading<Items extends Json = Json> extends Pick<PageValues, 'sql' | 'instants' | 'instantBytes'> {
  /** The JSON of the first records, so many, with commas between them; undefined when it takes another reading. */
  itemsOf(found: FoundTexts, limit: number): Items | undefined;
}
type FoundTexts = Found & { texts: string };

const asValues = <Items extends Json>(
  { shape: { values }, writer }: Shaped,
  kept: (written: Buffer) => Items,
): Reading<Items> => ({
  sql: values.sql,
  instants: values.instants,
  instantBytes: values.instantBytes,
  itemsOf: (found, limit) => {
    const written = writer.write(values, found, limit);
    return written && kept(written);
  },
});

/** For values that hold what stands between values: the database escapes it. */
const asJson = ({ shape }: Shaped): Reading<string> => ({
  sql: shape.sql,
  instants: [],
  instantBytes: noInstants,
  itemsOf: ({ texts }, limit) => texts.split(separator, limit).join(','),
});

/** @param kept what is kept of a page that was written, whose memory the next one gets */
async function pagesOf<Row extends Found, Items extends Json>(
  list: Ordered & Shaped,
  kept: (written: Buffer) => Items,
  rowsBy: (reading: Reading) => Promise<Row[]>,
): Promise<{ row: Row; page: TextPage<Items | string> }[]> {
  const fast = await pagesBy(asValues(list, kept), list, rowsBy);
  return fast ?? (await pagesBy(asJson(list), list, rowsBy)) ?? [];
}

async function pagesBy<Row extends Found, Items extends Json>(
  reading: Reading<Items>,
  list: Ordered,
  rowsBy: (reading: Reading) => Promise<Row[]>,
): Promise<{ row: Row; page: TextPage<Items | string> }[] | undefined> {
  const pages: { row: Row; page: TextPage<Items | string> }[] = [];
  let length = 0;
  for (const row of await rowsBy(reading)) {
    const page = pageOf(row, reading, list);
    if (page === undefined) return undefined;
    length += page.items.length;
    if (length > longestResult) throw new ResultTooLongError();
    pages.push({ row, page });
  }
  return pages;
}

/** One record more than asked for was read, to see whether more come. @throws ResultTooLongError */
function pageOf<Items extends Json>(
  row: Found,
  reading: Reading<Items>,
  { orderBy, page: { limit } }: Ordered,
): TextPage<Items | string> | undefined {
  const { texts, found, first, last } = row;
  if (found === 0) return noText;
  if (texts === null) throw new ResultTooLongError();
  const items = reading.itemsOf({ ...row, texts }, limit);
  if (items === undefined) return undefined;
  const position = (place: Position | null | undefined) =>
    place?.map((text, i) => (orderBy !== 'ID' && i === 0 ? instantText(text) : text));
  return { items, hasMore: found > limit, first: position(first), last: position(last) };
}

/** What a slice reads of each record. */
const readOf = ({ orderBy }: Pick<Ordered, 'orderBy'>, reading: Reading) =>
  selected<DataResource>({
    orderBy,
    columns: reading.instants as readonly RecordColumn<DataResource>[],
    shape: reading,
  });

/** The records of a slice as one row. An aggregate takes the rows of an ordered subquery in their order. */
function joinedSlice<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  list: Ordered & Pick<Shaped, 'places'>,
  { instantBytes }: Reading,
): RawBuilder<Found> {
  const columns = positionColumns(list.orderBy);
  const slice = sliceOf(query, { columns: columns.map(orderColumn), direction: list.direction }, list.page);
  const placeAt = (place: RawBuilder<unknown>) =>
    sql`array[${sql.join(columns.map((name) => sql`(array_agg(item.${sql.id(name)}::text))[${place}]`))}]`;
  const lastShown = sql`least(count(*), ${sql.lit(list.page.limit)})`;
  const places = list.places ? sql`${placeAt(sql`1`)} as first, ${placeAt(lastShown)} as last` : undefined;
  return sql`
    select case when octet_length(page.texts) <= ${sql.lit(longestResult)} then page.texts end as texts,
      page.instants, page.found${places ? sql`, page.first, page.last` : sql``}
    from (
      select string_agg(item.json, ${sql.lit(separator)}) as texts, ${instantBytes} as instants,
        count(*)::int as found${places ? sql`, ${places}` : sql``}
      from (${slice}) as item) as page`;
}
