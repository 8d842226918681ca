// Keyset pages: every row exactly once in either direction, ties and all, also while the list changes.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ListOrder, type PageRequest, type Position, readPage } from '../../src/db/page.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  const rows = Array.from({ length: 47 }, (_, i) => organization(i));
  await database.db.insertInto('organizations').values(rows).execute();
});
afterAll(() => database.drop());

/** Five rows an instant, so that a page almost never ends between two instants. */
const organization = (i: number) => ({
  id: `org_${String((i * 31) % 47).padStart(2, '0')}`,
  name: `Name ${i % 4}`,
  slug: `slug-${i}`,
  status: 'ACTIVE' as const,
  created_at: new Date(Date.UTC(2026, 0, 1, 0, 0, 0, Math.floor(i / 5))),
});

type Row = { id: string; name: string; created_at: string };

const orders: Record<
  string,
  { order: (direction: 'asc' | 'desc') => ListOrder; position: (row: Row) => Position }
> = {
  instant: {
    order: (direction) => ({
      direction,
      columns: [
        { expression: sql.ref('created_at'), type: 'timestamptz' },
        { expression: sql.ref('id'), type: 'text' },
      ],
    }),
    position: (row) => [row.created_at, row.id],
  },
  name: {
    order: (direction) => ({
      direction,
      columns: [
        { expression: sql`name collate "C"`, type: 'text' },
        { expression: sql.ref('id'), type: 'text' },
      ],
    }),
    position: (row) => [row.name, row.id],
  },
};

const read = (order: ListOrder, page: PageRequest) =>
  readPage(database.db.selectFrom('organizations').select(['id', 'name', 'created_at']), order, page);

async function walk(
  { order, position }: { order: ListOrder; position: (row: Row) => Position },
  towards: PageRequest['towards'],
  limit: number,
): Promise<string[]> {
  const ids: string[] = [];
  let from: Position | undefined;
  for (;;) {
    const page: { rows: Row[]; hasMore: boolean } = await read(order, {
      limit,
      towards,
      ...(from && { from }),
    });
    const found = page.rows.map((row) => row.id);
    if (towards === 'forward') ids.push(...found);
    else ids.unshift(...found);
    const edge = towards === 'forward' ? page.rows.at(-1) : page.rows[0];
    if (!page.hasMore || edge === undefined) return ids;
    from = position(edge);
  }
}

describe.each(Object.keys(orders))('by %s', (name) => {
  const { order, position } = orders[name] as (typeof orders)[string];

  it.each([
    ['asc', 1],
    ['asc', 7],
    ['desc', 7],
    ['desc', 46],
    ['asc', 47],
    ['desc', 100],
  ] as const)(
    '%s, pages of %i hold every row once, the same forward and backward',
    async (direction, limit) => {
      const list = { order: order(direction), position };
      const whole = (await read(list.order, { limit: 1_000, towards: 'forward' })).rows.map((row) => row.id);
      expect(new Set(whole).size).toBe(47);
      expect(await walk(list, 'forward', limit)).toEqual(whole);
      expect(await walk(list, 'backward', limit)).toEqual(whole);
    },
  );

  it('descending is ascending reversed', async () => {
    const ascending = await walk({ order: order('asc'), position }, 'forward', 10);
    const descending = await walk({ order: order('desc'), position }, 'forward', 10);
    expect(descending).toEqual(ascending.reverse());
  });
});

it('a page says whether the list goes on', async () => {
  const list = orders.instant?.order('asc') as ListOrder;
  expect((await read(list, { limit: 46, towards: 'forward' })).hasMore).toBe(true);
  expect((await read(list, { limit: 47, towards: 'forward' })).hasMore).toBe(false);
  expect((await read(list, { limit: 46, towards: 'backward' })).hasMore).toBe(true);
});

it('rows that arrive or leave elsewhere neither repeat nor hide others', async () => {
  await database.db
    .transaction()
    .execute(async (trx) => {
      const { order, position } = orders.instant as (typeof orders)[string];
      const query = trx.selectFrom('organizations').select(['id', 'name', 'created_at']);
      const first = await readPage(query, order('asc'), { limit: 10, towards: 'forward' });
      const last = first.rows.at(-1) as Row;
      const expected = await readPage(query, order('asc'), {
        limit: 5,
        towards: 'forward',
        from: position(last),
      });
      const early = { ...organization(0), id: 'org_early', slug: 'early', created_at: new Date(0) };
      await trx.insertInto('organizations').values(early).execute();
      await trx.deleteFrom('organizations').where('id', '=', last.id).execute();
      const second = await readPage(query, order('asc'), {
        limit: 5,
        towards: 'forward',
        from: position(last),
      });
      expect(second).toEqual(expected);
      throw new Error('take it back');
    })
    .catch((error) => expect(error.message).toBe('take it back'));
});
