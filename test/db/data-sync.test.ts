// Watermarks below the API: conditions, loads that wait for each other, and a database set back to an older backup.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listRecords, type RecordList } from '../../src/db/data/read.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import type { Position } from '../../src/db/page.ts';
import type { Database } from '../../src/db/tables.ts';
import { openTestPostgres, type TestDatabase, testDatabase } from '../support/database.ts';
import { conversation, makeOrganization } from '../support/records.ts';

const now = new Date('2026-03-31T12:00:00.000Z');
let database: TestDatabase;
let organizationId: string;

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  organizationId = (await makeOrganization(database.db)).id;
});
afterAll(() => database.drop());

const on = (day: number, ids: string[], primary_domain = 'IT') =>
  ids.map((id) => conversation({ id, primary_domain, last_updated_time: `2026-03-0${day}T00:00:00.000Z` }));
const load = (records: ReturnType<typeof on>, db: Database = database.db) =>
  upsertRecords(db, organizationId, 'conversations', records, now);

/** Reads on from a position to the end. Returns the ids, and the position to read on from next time. */
async function readOn(from: Position | undefined, where?: RecordList<'conversations', 'id'>['where']) {
  const ids: string[] = [];
  let watermark = from;
  for (let hasMore = true; hasMore; ) {
    const page = { limit: 2, towards: 'forward', ...(watermark && { from: watermark }) } as const;
    const list = { orderBy: 'LAST_UPDATED_TIME', direction: 'asc', page, columns: ['id'], where } as const;
    const read = await listRecords(database.db, organizationId, 'conversations', list);
    ids.push(...read.rows.map(({ id }) => id));
    const last = read.rows.at(-1);
    watermark = (last && read.positionOf?.(last)) ?? read.resumeFrom;
    hasMore = read.hasMore;
  }
  return { ids, watermark };
}

it('under a condition, late ones and further ones must fulfil it', async () => {
  const where = { kind: 'compare', column: 'primary_domain', operator: 'eq', value: 'IT' } as const;
  await load([...on(5, ['a', 'b']), ...on(5, ['h'], 'HR')]);
  const { ids, watermark } = await readOn(undefined, where);
  expect(ids).toEqual(['a', 'b']);
  await load([...on(1, ['late']), ...on(1, ['other'], 'HR'), ...on(6, ['a'], 'HR'), ...on(5, ['h'])]);
  expect((await readOn(watermark, where)).ids).toEqual(['late', 'h']);
});

it('a mere place is read on from without late ones, and makes a watermark from then on', async () => {
  await load(on(5, ['a', 'b', 'c']));
  const place = ['2026-03-05T00:00:00.000Z', 'b'];
  await load(on(1, ['before']));
  const { ids, watermark } = await readOn(place);
  expect(ids).toEqual(['c']);
  await load(on(1, ['late']));
  expect((await readOn(watermark)).ids).toEqual(['late']);
});

it('what was there before records had versions counts as seen by a watermark, and changes count as changes', async () => {
  await load(on(2, ['a', 'b']));
  await sql`update conversations set version = 0 where organization_id = ${organizationId}`.execute(
    database.db,
  );
  await database.db.deleteFrom('record_versions').where('organization_id', '=', organizationId).execute();
  const { ids, watermark } = await readOn(undefined);
  expect(ids).toEqual(['a', 'b']);
  expect(await readOn(watermark)).toEqual({ ids: [], watermark });
  await load(on(1, ['b']));
  expect((await readOn(watermark)).ids).toEqual(['b']);
});

it('a watermark from before the database was set back to a backup hides nothing loaded afterwards', async () => {
  await load(on(2, ['a']));
  const backup = await sql<{ version: string }>`
    select version from record_versions where organization_id = ${organizationId}`.execute(database.db);
  await load(on(5, ['lost']));
  const { watermark } = await readOn(undefined);
  await sql`delete from conversations where organization_id = ${organizationId} and id = 'lost'`.execute(
    database.db,
  );
  await sql`update record_versions set version = ${backup.rows[0]?.version}
    where organization_id = ${organizationId}`.execute(database.db);
  await load(on(3, ['late']));
  expect((await readOn(watermark)).ids).toEqual(['late']);
});

it('a load that commits after one that began later is not passed over', async (test) => {
  const { url } = database;
  if (url === undefined) return test.skip('the embedded database has one connection');
  const other = await openTestPostgres(url);
  await load(on(5, ['a']));
  let { watermark } = await readOn(undefined);
  const slow = await other.db.startTransaction().execute();
  await load(on(1, ['slow']), slow);
  const quick = load(on(1, ['quick']), other.db);
  const readsMeanwhile = await readOn(watermark);
  watermark = readsMeanwhile.watermark;
  await slow.commit().execute();
  await quick;
  expect([...readsMeanwhile.ids, ...(await readOn(watermark)).ids]).toEqual(['slow', 'quick']);
  await other.close();
});

it('a load that is taken back leaves no trace, and the next one is seen', async () => {
  await load(on(5, ['a']));
  const { watermark } = await readOn(undefined);
  const failing = await database.db.startTransaction().execute();
  await load(on(1, ['never']), failing);
  await failing.rollback().execute();
  expect((await readOn(watermark)).ids).toEqual([]);
  await load(on(1, ['then']));
  expect((await readOn(watermark)).ids).toEqual(['then']);
});
