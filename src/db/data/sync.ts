// Lists by LAST_UPDATED_TIME, oldest first, whose cursors are watermarks: keep one, come back at any time, and get what
// has changed since: newer records, records loaded late with an older stamp, and records that got another stamp.
//
// Every load has a version, and every record the version of the load that last changed it (upsert.ts). Loads of one
// resource commit in the order of their versions, so whoever sees the latest version V in record_versions sees, in the
// same snapshot, all that any load up to V has done.
//
// A cursor says (P, R): P is a place in the list (stamp, id), and R how far loads have been followed up to P. The
// promise: every record that stands at or before P and whose (version, stamp, id) is at or before R has been delivered
// as it is now. Nothing can undo it, because a record that changes, and one that arrives, gets a version beyond all those
// seen, wherever it goes. A page after (P, R) is read in one statement, together with the latest version V, and has
//   1. the late ones: at or before P and beyond R, in the order of (version, stamp, id). The cursor of one of them is
//      (P, its own version, stamp, and id): those of its load and of earlier ones have been delivered up to it.
//   2. the further ones: beyond P, in the order of the list. They come only when the late ones are exhausted, so that all
//      up to P and V has been delivered; hence the cursor of one that stands at Q is (Q, V): complete up to load V.
// A page with neither leaves (P, V). So while nothing changes every record comes once; one that changes meanwhile comes
// again; none is left out. A reader that is slower than the loads behind it sees the list's end late, but sees it.
//
// Conditions filter both: what ceases to fulfil them is not reported, and a cursor knows nothing of the conditions it
// was made under, so it is a watermark for the same conditions only.

import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import {
  comparePositions,
  type ListOrder,
  type Page,
  type PageRequest,
  type Position,
  pageOf,
  sliceOf,
} from '../page.ts';
import type { Database } from '../tables.ts';
import type { DataResource } from './resources.ts';

/** A row as it is found: with the latest version just then, and its own where it comes late. */
interface Found {
  latest_version: number | string;
  late_version?: number | string | null;
  last_updated_time: string;
  /** Null in the only row of an empty page. */
  id: string | null;
}

interface Watermark {
  place: Position;
  /** How far loads have been followed, in the order of (version, stamp, id). */
  followed: Position;
}

const refs = (...names: string[]) => sql.join(names.map((name) => sql.ref(`record.${name}`)));
const values = (position: Position, ...types: string[]) =>
  sql.join(types.map((type, i) => sql`${position[i]}::${sql.raw(type)}`));

const order: ListOrder = {
  columns: [
    { expression: sql.ref('record.last_updated_time'), type: 'timestamptz' },
    { expression: sql.ref('record.id'), type: 'text' },
  ],
  direction: 'asc',
};

/**
 * A page of the list, read forward or backward, whose positions are watermarks.
 * @param query the records of the list, under the alias `record`, with last_updated_time and id among their columns
 */
export async function readSyncPage<DB, TB extends keyof DB, Row>(
  db: Database,
  organizationId: string,
  resource: DataResource,
  query: SelectQueryBuilder<DB, TB, Row>,
  page: PageRequest,
): Promise<Page<Row>> {
  const latest = sql<number | string>`coalesce((select version from record_versions
    where organization_id = ${organizationId} and resource = ${resource}), 0)`;
  const mark = page.towards === 'forward' ? watermarkOf(page.from) : undefined;
  if (mark === undefined) {
    const listed = sliceOf(query.select(latest.as('latest_version')), order, fromOwnPlace(page));
    return placed((await listed.execute()) as unknown as Found[], [], page);
  }
  const quiet = await readQuietPage(latest, query, mark, page);
  if (quiet.rows.length > 0) return quiet;
  const { rows } = await syncQuery(latest, query, mark, page).execute(db);
  return {
    ...placed<Row>(rows.toSorted(byPlace), mark.place, page),
    resumeFrom: [...mark.place, String(rows[0]?.latest_version)],
  };
}

/**
 * The further ones, if the latest version is still the one that the watermark has followed: none can be late then, and
 * the statement costs what a page of any list does. Otherwise, and at the end of the list, nothing, at next to no cost:
 * what was seen is not used, so that every page is of one snapshot.
 */
async function readQuietPage<DB, TB extends keyof DB, Row>(
  latest: RawBuilder<number | string>,
  query: SelectQueryBuilder<DB, TB, Row>,
  { place, followed: [version = '', ...within] }: Watermark,
  page: PageRequest,
): Promise<Page<Row>> {
  if (within[0] !== wholeLoad[0]) return { rows: [], hasMore: false };
  const unchanged = query.where(sql<SqlBool>`${latest} = ${version}::bigint`);
  const rows = (await sliceOf(unchanged, order, { ...page, from: place }).execute()) as unknown as Found[];
  return placed(
    rows.map((row) => ({ ...row, latest_version: version })),
    [],
    page,
  );
}

/**
 * The late ones, and, unless they are more than a page, the further ones, each half read in its order from an index, but
 * promised in none: an `order by` over both would sort again what is sorted. One row at least.
 */
function syncQuery<DB, TB extends keyof DB, Row>(
  latest: RawBuilder<number | string>,
  query: SelectQueryBuilder<DB, TB, Row>,
  { place, followed }: Watermark,
  page: PageRequest,
): RawBuilder<Found> {
  const late = query
    .select(sql<unknown>`record.version`.as('late_version'))
    .where(
      sql<SqlBool>`(${refs('version', 'last_updated_time', 'id')}) >
        (${values(followed, 'bigint', 'timestamptz', 'text')})`,
    )
    .where(sql<SqlBool>`(${refs('last_updated_time', 'id')}) <= (${values(place, 'timestamptz', 'text')})`)
    .orderBy(sql`${refs('version', 'last_updated_time', 'id')}`)
    .limit(sql.lit(page.limit + 1));
  const further = query
    .select(sql<unknown>`null::bigint`.as('late_version'))
    .where(sql<SqlBool>`(select count(*) from late) <= ${page.limit}`);
  return sql<Found>`
    with late as materialized ${late}
    select latest.version as latest_version, listed.*
    from (select ${latest} as version) as latest
    left join (select * from late union all ${sliceOf(further, order, { ...page, from: place })}) as listed on true`;
}

/** As the file's promise has it: the late ones by (version, stamp, id), then the further ones by (stamp, id). */
function byPlace(a: Found, b: Found): number {
  const isLate = (row: Found) => row.late_version !== null;
  if (isLate(a) !== isLate(b)) return isLate(a) ? -1 : 1;
  const byVersion = BigInt(a.late_version ?? 0) - BigInt(b.late_version ?? 0);
  if (byVersion !== 0n) return byVersion < 0n ? -1 : 1;
  return comparePositions(ownPosition(a), ownPosition(b));
}

const ownPosition = ({ last_updated_time, id }: Found): Position => [last_updated_time, id ?? ''];

/** The page, with a position for each row: of a late one (P, its version, stamp, id), of another (its place, V). */
function placed<Row>(rows: readonly Found[], place: Position, page: PageRequest): Page<Row> {
  const positions = new Map<unknown, Position>();
  const found = rows.flatMap(({ latest_version, late_version = null, ...row }) => {
    if (row.id === null) return [];
    const own = [row.last_updated_time, row.id];
    const isLate = late_version !== null;
    positions.set(row, isLate ? [...place, String(late_version), ...own] : [...own, String(latest_version)]);
    return [row as Row];
  });
  return { ...pageOf(found, page), positionOf: (row) => positions.get(row) ?? [] };
}

/** Behind every record of a load: none is stamped with infinity. */
const wholeLoad = ['infinity', ''] as const;

/**
 * All of a load has been followed when nothing is said of its records. A position that is a place and no more is no
 * watermark: then nothing counts as late.
 */
function watermarkOf([time = '', id = '', version, ...within]: Position = []): Watermark | undefined {
  if (version === undefined) return undefined;
  return { place: [time, id], followed: [version, ...(within.length > 0 ? within : wholeLoad)] };
}

/** From where the row itself stands that the position was made of. */
function fromOwnPlace({ from, ...page }: PageRequest): PageRequest {
  if (from === undefined) return page;
  return { ...page, from: from.length > 3 ? from.slice(3) : from };
}
