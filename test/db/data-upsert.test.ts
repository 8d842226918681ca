// Writing records: idempotent by id, and a stamp moves only when something else does.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { newId } from '../../src/auth/random.ts';
import { findRecord } from '../../src/db/data/read.ts';
import { checkRecord, type DataRecord } from '../../src/db/data/records.ts';
import { columnsOf, type DataResource, dataResources, recordColumns } from '../../src/db/data/resources.ts';
import { loadSample, sampleRecords } from '../../src/db/data/sample.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import { insertOrganization } from '../../src/db/organizations.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { conversation, makeOrganization, user } from '../support/records.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const later = new Date('2026-03-02T12:00:00.000Z');
let database: TestDatabase;
let organizationId: string;

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  organizationId = (await makeOrganization(database.db)).id;
});
afterAll(() => database.drop());

const upsert = (records: DataRecord<'conversations'>[], at = now) =>
  upsertRecords(database.db, organizationId, 'conversations', records, at);
const stored = (id = 'conversation', tenant = organizationId) =>
  findRecord(database.db, tenant, 'conversations', id, columnsOf('conversations'));

it('stores a record as it came', async () => {
  const detail = {
    ticket_id: 'INC1',
    content: 'a "quoted" \\ line\nbreak, é 😀',
    later_key: { deep: [1, null] },
  };
  const record = conversation({ id: '-_starts_so', type: 'T', detail, primary_domain: null });
  expect(await upsert([record])).toEqual({ inserted: 1, updated: 0, unchanged: 0 });
  expect(await stored(record.id)).toEqual(record);
});

it('stores users, who have no created_time', async () => {
  await upsertRecords(
    database.db,
    organizationId,
    'users',
    [user(), user({ id: '2', external_ids: null })],
    now,
  );
  const columns = columnsOf('users');
  expect(await findRecord(database.db, organizationId, 'users', user().id, columns)).toEqual(user());
  expect((await findRecord(database.db, organizationId, 'users', '2', columns))?.external_ids).toBeNull();
});

it('writes nothing when nothing changed, and only what differs when something did', async () => {
  const records = [
    conversation({ id: 'a' }),
    conversation({ id: 'b', detail: { ticket_id: '1', content: 'x' } }),
  ];
  await upsert(records);
  // jsonb does not know the order of keys, so another order is no change.
  const again = [
    conversation({ id: 'a' }),
    conversation({ id: 'b', detail: { content: 'x', ticket_id: '1' } }),
  ];
  expect(await upsert(again)).toEqual({ inserted: 0, updated: 0, unchanged: 2 });
  const changed = [
    conversation({ id: 'a', primary_domain: null }),
    ...again.slice(1),
    conversation({ id: 'c' }),
  ];
  expect(await upsert(changed)).toEqual({ inserted: 1, updated: 1, unchanged: 1 });
  expect((await stored('a'))?.primary_domain).toBeNull();
});

it('stamps a record that brings no stamp, and moves the stamp only when a field changes', async () => {
  const record = conversation({ last_updated_time: null });
  await upsert([record]);
  expect((await stored())?.last_updated_time).toBe(now.toISOString());
  expect(await upsert([record], later)).toEqual({ inserted: 0, updated: 0, unchanged: 1 });
  expect((await stored())?.last_updated_time).toBe(now.toISOString());
  expect(await upsert([{ ...record, route: 'Channel' }], later)).toEqual({
    inserted: 0,
    updated: 1,
    unchanged: 0,
  });
  expect((await stored())?.last_updated_time).toBe(later.toISOString());
});

it('keeps a stamp that is given, and takes a new one when only the stamp differs', async () => {
  await upsert([conversation()]);
  const restamped = conversation({ last_updated_time: '2026-02-05T00:00:00.123Z' });
  expect(await upsert([restamped])).toEqual({ inserted: 0, updated: 1, unchanged: 0 });
  expect((await stored())?.last_updated_time).toBe('2026-02-05T00:00:00.123Z');
});

it('lets the last of several records with one id win, with and without stamps in one batch', async () => {
  const batch = [
    conversation({ route: 'first' }),
    conversation({ id: 'other', last_updated_time: null }),
    conversation({ route: 'last', last_updated_time: null }),
  ];
  expect(await upsert(batch)).toEqual({ inserted: 2, updated: 0, unchanged: 1 });
  expect(await stored()).toMatchObject({ route: 'last', last_updated_time: now.toISOString() });
});

it('takes an empty batch', async () => {
  expect(await upsert([])).toEqual({ inserted: 0, updated: 0, unchanged: 0 });
});

it('keeps the records of two organisations with the same id apart', async () => {
  const other = await makeOrganization(database.db);
  await upsert([conversation({ route: 'ours' })]);
  await upsertRecords(database.db, other.id, 'conversations', [conversation({ route: 'theirs' })], now);
  expect((await stored())?.route).toBe('ours');
  expect((await stored('conversation', other.id))?.route).toBe('theirs');
});

it('keeps moments at both ends of time', async () => {
  const ends = conversation({
    created_time: '0001-01-01T00:00:00.000Z',
    last_updated_time: '9999-12-31T23:59:59.999Z',
  });
  await upsert([ends]);
  expect(await stored()).toEqual(ends);
});

it.each(dataResources)('stores %s whose texts are all as long as the check lets pass', async (resource) => {
  const organization = { id: newId('org'), name: 'Long', slug: newId('org'), created_at: now };
  await database.db.transaction().execute((tx) => insertOrganization(tx, organization));
  const record = longestRecord(resource);
  await upsertRecords(database.db, organization.id, resource, [record], now);
  const columns = columnsOf(resource);
  expect(await findRecord(database.db, organization.id, resource, record.id, columns)).toEqual(record);
});

/** Characters without repetitions, since PostgreSQL compresses what it can before it measures. */
const variedText = (from: number, length: number) =>
  String.fromCodePoint(...Array.from({ length }, (_, i) => from + ((i * i * 7_919 + i * 104_729) % 1_021)));

/** The longest first: of 3,000, 2,000, and 600 bytes. */
const longTexts = [variedText(0x4e00, 1_000), variedText(0x100, 1_000), variedText(0x4e00, 200)];

/** A record whose every text is the longest in bytes that is taken in its place. */
function longestRecord(resource: DataResource): DataRecord {
  const texts = Object.entries(recordColumns[resource]).flatMap(([name, type]) =>
    type === 'text' && name !== 'actor' ? [name] : [],
  );
  let record: Record<string, unknown> = {
    ...Object.fromEntries(texts.map((name) => [name, 'x'])),
    ...{ actor: 'bot', access_to_bot: true, served: true, used: true, cited: true },
    ...{ created_time: now.toISOString(), last_updated_time: now.toISOString() },
  };
  for (const name of texts) {
    const longer = longTexts.map((text) => ({ ...record, [name]: text }));
    record = longer.find((one) => 'record' in checkRecord(resource, one)) ?? record;
  }
  const checked = checkRecord(resource, record);
  if ('problems' in checked) throw new Error(checked.problems.join('; '));
  return checked.record;
}

it('survives two loads of the same records at once', async () => {
  const records = Array.from({ length: 200 }, (_, i) => conversation({ id: `c${i}` }));
  const results = await Promise.all([upsert(records), upsert([...records].reverse())]);
  expect(results.reduce((sum, result) => sum + result.inserted, 0)).toBe(200);
});

it('loads a sample, and the same sample again without a change', async () => {
  const size = { seed: 7, conversations: 40, days: 5, until: now };
  const counts = await loadSample(database.db, organizationId, { ...size, now });
  for (const resource of dataResources) {
    const expected = [...sampleRecords(size)].filter((sample) => sample.resource === resource);
    expect(counts[resource]).toBe(expected.length);
    for (const { record } of expected.slice(0, 20)) {
      expect(await findRecord(database.db, organizationId, resource, record.id, columnsOf(resource))).toEqual(
        record,
      );
    }
    const records = expected.map(({ record }) => record);
    const again = await upsertRecords(database.db, organizationId, resource, records, later);
    expect(again).toEqual({ inserted: 0, updated: 0, unchanged: records.length });
  }
});
