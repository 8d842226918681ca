// Reading records: one by id, and lists in every order and both directions, of one organisation only.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countRecords,
  findRecord,
  listRecords,
  positionColumns,
  type RecordOrderField,
} from '../../src/db/data/read.ts';
import { columnsOf, dataResources, recordColumns } from '../../src/db/data/resources.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import type { Position } from '../../src/db/page.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { conversation, makeOrganization, user } from '../support/records.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
let database: TestDatabase;
let ours: string;

// Times and stamps are shared by several, so that the id has to break ties; ids sort bytewise.
const records = ['-a', '0b', 'Zc', '_d', 'ae', 'zf', 'ég', '\uFEFF', '\uFEFFb'].map((id, i) =>
  conversation({
    id,
    created_time: `2026-01-0${1 + (i % 3)}T00:00:00.000Z`,
    last_updated_time: `2026-02-0${1 + (i % 2)}T00:00:00.000Z`,
  }),
);

beforeAll(async () => {
  database = await testDatabase();
  ours = (await makeOrganization(database.db)).id;
  const theirs = (await makeOrganization(database.db)).id;
  await upsertRecords(database.db, ours, 'conversations', records, now);
  await upsertRecords(database.db, ours, 'users', [user(), user({ id: '3' })], now);
  await upsertRecords(database.db, theirs, 'conversations', [conversation({ id: 'theirs' })], now);
});
afterAll(() => database.drop());

function sorted(orderBy: RecordOrderField, direction: 'asc' | 'desc'): string[] {
  const keyOf = (record: (typeof records)[number]) =>
    positionColumns(orderBy).map((column) => record[column]);
  const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const ids = [...records].sort((a, b) => bytewise(keyOf(a).join(), keyOf(b).join())).map(({ id }) => id);
  return direction === 'asc' ? ids : ids.reverse();
}

describe.each(['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID'] as const)('a list by %s', (orderBy) => {
  describe.each(['asc', 'desc'] as const)('%s', (direction) => {
    it.each(['forward', 'backward'] as const)('meets every record once, reading %s', async (towards) => {
      const met: string[] = [];
      let from: Position | undefined;
      for (let hasMore = true; hasMore; ) {
        const page = { limit: 2, towards, ...(from && { from }) };
        const read = await listRecords(database.db, ours, 'conversations', {
          orderBy,
          direction,
          page,
          columns: ['id'],
        });
        const ids = read.rows.map(({ id }) => id);
        met.splice(towards === 'forward' ? met.length : 0, 0, ...ids);
        const edge = (towards === 'forward' ? read.rows.at(-1) : read.rows[0]) as
          | Record<string, string>
          | undefined;
        from = edge && positionColumns(orderBy).map((column) => edge[column] ?? '');
        hasMore = read.hasMore;
      }
      expect(met).toEqual(sorted(orderBy, direction));
    });
  });
});

it('reads only the columns asked for, and those of the position', async () => {
  const page = { limit: 1, towards: 'forward' } as const;
  const list = { orderBy: 'CREATED_TIME', direction: 'asc', page, columns: ['route', 'id'] } as const;
  const { rows } = await listRecords(database.db, ours, 'conversations', list);
  expect(rows).toEqual([{ route: 'DM', id: '-a', created_time: '2026-01-01T00:00:00.000Z' }]);
});

it('lists users by stamp and by id', async () => {
  for (const orderBy of ['LAST_UPDATED_TIME', 'ID'] as const) {
    const page = { limit: 9, towards: 'forward' } as const;
    const { rows } = await listRecords(database.db, ours, 'users', {
      orderBy,
      direction: 'asc',
      page,
      columns: ['id'],
    });
    expect(rows.map(({ id }) => id)).toEqual([user().id, '3']);
  }
});

it('finds a record of the organisation, and none of another', async () => {
  expect(await findRecord(database.db, ours, 'conversations', 'Zc', ['id', 'route'])).toEqual({
    id: 'Zc',
    route: 'DM',
  });
  expect(await findRecord(database.db, ours, 'conversations', 'theirs', ['id'])).toBeUndefined();
  expect(await findRecord(database.db, ours, 'conversations', "'; drop table x", ['id'])).toBeUndefined();
});

it('counts the records of the organisation', async () => {
  expect(await countRecords(database.db, ours, 'conversations')).toBe(records.length);
  expect(await countRecords(database.db, ours, 'interactions')).toBe(0);
});

it.each(dataResources)('has a column of the right type for every field of %s', async (resource) => {
  const { rows } = await sql<{ name: string; type: string }>`
    select attname as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = ${resource}::regclass and attnum > 0 and attname not in ('organization_id', 'version')`.execute(
    database.db,
  );
  const found = Object.fromEntries(
    rows.map(({ name, type }) => [name, type.replace('timestamp with time zone', 'timestamptz')]),
  );
  expect(found).toEqual(recordColumns[resource]);
  expect(columnsOf(resource)).toHaveLength(rows.length);
});

it('reads a page from an index, without sorting, in every order', async () => {
  await database.db.transaction().execute(async (tx) => {
    await sql`set local enable_seqscan = off`.execute(tx);
    await sql`set local enable_bitmapscan = off`.execute(tx);
    for (const order of ['created_time, id', 'last_updated_time, id', 'id']) {
      const plan = await sql<Record<string, string>>`
        explain select record.id from conversations as record where record.organization_id = ${ours}
        order by ${sql.raw(order)} limit 101`.execute(tx);
      const text = plan.rows.map((row) => Object.values(row)[0]).join('\n');
      expect(text).toMatch(/Index (Only )?Scan/);
      expect(text).not.toContain('Sort');
    }
  });
});
