// A record that the database refuses although the check let it pass costs an import that record and no other.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { importFile } from '../../src/cli/import-file.ts';
import { type Store, storeIn } from '../../src/cli/import-store.ts';
import type { Rejection } from '../../src/cli/record-source.ts';
import { countRecords, findRecord } from '../../src/db/data/read.ts';
import type { DataRecord } from '../../src/db/data/records.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { conversation, makeOrganization } from '../support/records.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
let database: TestDatabase;
let organizationId: string;
let store: Store;

beforeAll(async () => {
  database = await testDatabase();
  // What a later version might do: an index of a column that the check bounds for none.
  await sql`create index conversations_by_route on conversations (organization_id, route)`.execute(
    database.db,
  );
});
beforeEach(async () => {
  organizationId = (await makeOrganization(database.db)).id;
  store = storeIn(database.db, organizationId, now);
});
afterAll(() => database.drop());

/** Beyond what a row of an index takes, and not to be compressed below it. */
const longRoute = String.fromCodePoint(
  ...Array.from({ length: 1_000 }, (_, i) => 0x4e00 + ((i * i * 7_919) % 1_021)),
);

async function importAll(records: readonly DataRecord<'conversations'>[], into = store) {
  const rejections: Rejection[] = [];
  const result = await importFile({
    file: {
      name: 'conversations.ndjson',
      resource: 'conversations',
      size: undefined,
      async *open() {
        yield Buffer.from(records.map((record) => JSON.stringify(record)).join('\n'));
      },
    },
    resource: undefined,
    store: into,
    report: {
      bytesRead() {},
      recordsRead() {},
      rejected: (rejection) => rejections.push(rejection),
      stop() {},
      finish: async () => {},
    },
  });
  return { result, rejections };
}

const stored = (id: string) =>
  findRecord(database.db, organizationId, 'conversations', id, ['route', 'last_updated_time']);

it('is rejected with its place and what it was, and the others go in', async () => {
  const stamps = ['2026-02-01T06:00:00.000Z', null];
  const records = Array.from({ length: 1_500 }, (_, i) =>
    conversation({ id: `c${i}`, last_updated_time: stamps[i % 2] ?? null }),
  );
  for (const bad of [0, 777, 1_200]) records[bad] = { ...conversation({ id: `c${bad}` }), route: longRoute };
  const { result, rejections } = await importAll(records);
  expect(result).toMatchObject({ read: 1_500, inserted: 1_497, updated: 0, unchanged: 0, rejected: 3 });
  expect(rejections.map(({ place }) => place.line)).toEqual([1, 778, 1_201]);
  expect(rejections[0]).toEqual({
    place: { record: 1, line: 1 },
    problems: [
      'the record holds something that the database refuses (SQLSTATE 54000): shorten or correct what is unusual in it',
    ],
    given: { value: records[0] },
  });
  expect(await countRecords(database.db, organizationId, 'conversations')).toBe(1_497);
  expect((await importAll(records)).result).toMatchObject({ inserted: 0, unchanged: 1_497, rejected: 3 });
});

it('leaves the last good record of its id in', async () => {
  const versions = ['first', 'second', longRoute].map((route) => conversation({ id: 'same', route }));
  const { result } = await importAll(versions);
  expect(result).toMatchObject({ read: 3, rejected: 1 });
  expect((await stored('same'))?.route).toBe('second');
});

it('is told apart from a database that fails: then nothing is tried again', async () => {
  let writes = 0;
  const failing: Store = async (resource, records) => {
    writes += 1;
    await store(resource, records);
    throw Object.assign(new Error('the database shuts down'), { code: '57P01' });
  };
  const { result } = await importAll([conversation(), conversation({ id: 'b' })], failing);
  expect(result).toMatchObject({ read: 2, inserted: 0, rejected: 0, failure: undefined });
  expect(result.interruption).toMatchObject({ message: 'the database shuts down' });
  expect(writes).toBe(1);
});

it('has left nothing of its batch behind when the store has failed', async () => {
  const batch = [
    conversation({ id: 'a' }),
    conversation({ id: 'b', last_updated_time: null, route: longRoute }),
  ];
  await expect(store('conversations', batch)).rejects.toMatchObject({ code: '54000' });
  expect(await stored('a')).toBeUndefined();
});
