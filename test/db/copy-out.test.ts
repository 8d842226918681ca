// COPY … TO, which takes no parameters: what stands in their place is what they were, whatever it holds.

import fc from 'fast-check';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { CopyTarget } from '../../src/db/copy-out.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { hostileText } from '../support/hostile-values.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

/** The only value of the only row, as JSON. */
async function copied(value: RawBuilder<unknown>): Promise<unknown> {
  const parts: Buffer[] = [];
  const target = new CopyTarget((rows) => parts.push(Buffer.from(rows)));
  await sql`copy (select coalesce(to_json(${value}), 'null')) to ${target} (format binary)`.execute(
    database.db,
  );
  const [headerAndCount, length, end] = [21, 4, 2];
  return JSON.parse(
    Buffer.concat(parts)
      .subarray(headerAndCount + length, -end)
      .toString(),
  );
}

const storable = hostileText.filter((text) => !text.includes('\0') && text.isWellFormed());

it('has texts, lists of texts, booleans, and null as parameters would', async () => {
  await fc.assert(
    fc.asyncProperty(storable, fc.array(storable), fc.boolean(), async (text, list, flag) => {
      const values = [sql`${text}::text`, sql`${list}::text[]`, sql`${flag}::boolean`, sql`${null}::text`];
      for (const [i, value] of values.entries())
        expect(await copied(value)).toEqual([text, list, flag, null][i]);
    }),
    { numRuns: 200 },
  );
});

it('leaves alone what looks like a parameter and is none', async () => {
  expect(await copied(sql`${'a'}::text || ${sql.lit("it's $1 \\ $2")} || ${'$1'}::text`)).toBe(
    "ait's $1 \\ $2$1",
  );
  const named = sql`(select ${sql.id('$1 "')} from (select ${'b'}::text as ${sql.id('$1 "')}) as named)`;
  expect(await copied(named)).toBe('b');
});

test.each([
  ['NUL', 'a\0b'],
  ['a number', 1],
  ['a date', new Date(0)],
  ['NUL in a list', ['a\0']],
])('refuses %s before the database sees it', async (_what, value) => {
  await expect(copied(sql`${value}`)).rejects.toThrow(TypeError);
});

it('fails as any statement does, and the next one is none the worse', async () => {
  await expect(copied(sql`1 / (${'1'}::int - 1)`)).rejects.toMatchObject({ code: '22012' });
  expect(await copied(sql`${'after'}::text`)).toBe('after');
});

it('copies no row as none', async () => {
  let bytes = 0;
  const target = new CopyTarget((rows) => {
    bytes += rows.length;
  });
  await sql`copy (select 1 where false) to ${target} (format binary)`.execute(database.db);
  expect(bytes).toBeLessThanOrEqual(21);
});
