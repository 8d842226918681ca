// What goes in and what comes out is the same on both engines.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

async function valueFrom(expression: ReturnType<typeof sql>): Promise<unknown> {
  const { rows } = await sql<{ value: unknown }>`select ${expression} as value`.execute(database.db);
  return rows[0]?.value;
}

it.each([
  ['without decimals', '2026-01-31 09:30:00+00', '2026-01-31T09:30:00.000Z'],
  ['with one decimal', '2026-01-31 09:30:00.1+00', '2026-01-31T09:30:00.100Z'],
  ['with two decimals', '2026-01-31 09:30:00.12+00', '2026-01-31T09:30:00.120Z'],
  ['with three decimals', '2026-01-31 09:30:00.123+00', '2026-01-31T09:30:00.123Z'],
  ['finer than a millisecond', '2026-01-31 09:30:00.123999+00', '2026-01-31T09:30:00.123Z'],
  ['from another zone', '2026-01-31 09:30:00+05:30', '2026-01-31T04:00:00.000Z'],
  ['from the first year', '0001-01-01 00:00:00+00', '0001-01-01T00:00:00.000Z'],
  ['from the last year', '9999-12-31 23:59:59.999+00', '9999-12-31T23:59:59.999Z'],
])('an instant %s comes out as ISO text in UTC', async (_, stored, expected) => {
  expect(await valueFrom(sql`${stored}::text::timestamptz`)).toBe(expected);
  expect(await valueFrom(sql`array[${stored}::text::timestamptz, null]`)).toEqual([expected, null]);
});

it('a timestamp without a zone comes out as if it were in UTC', async () => {
  expect(await valueFrom(sql`timestamp '2026-01-31 09:30:00.5'`)).toBe('2026-01-31T09:30:00.500Z');
});

it('infinity stays what Postgres calls it', async () => {
  expect(await valueFrom(sql`'-infinity'::timestamptz`)).toBe('-infinity');
});

it('a Date goes in as the instant it is', async () => {
  const instant = new Date('2026-07-01T12:00:00.007Z');
  expect(await valueFrom(sql`${instant}::timestamptz`)).toBe(instant.toISOString());
});

it('a count and a bigint are numbers, and text where a number would lie', async () => {
  expect(await valueFrom(sql`count(*)`)).toBe(1);
  expect(await valueFrom(sql`9007199254740991::int8`)).toBe(9007199254740991);
  expect(await valueFrom(sql`9007199254740993::int8`)).toBe('9007199254740993');
  expect(await valueFrom(sql`array[1::int8, null]`)).toEqual([1, null]);
});

it('numeric keeps its text', async () => {
  expect(await valueFrom(sql`12.50::numeric`)).toBe('12.50');
});

it('json and jsonb come out parsed', async () => {
  const document = { list: [1, null, 'x'], nested: { ключ: '🔑' } };
  expect(await valueFrom(sql`${JSON.stringify(document)}::jsonb`)).toEqual(document);
  expect(await valueFrom(sql`${JSON.stringify(document)}::json`)).toEqual(document);
  expect(await valueFrom(sql`'null'::jsonb`)).toBeNull();
});

it('text arrays go in and come out with every awkward element', async () => {
  const elements = [
    'plain',
    '',
    'NULL',
    'with "quotes"',
    'back\\slash',
    'comma, brace }',
    'line\nbreak',
    '🔑',
  ];
  expect(await valueFrom(sql`${elements}::text[]`)).toEqual(elements);
  expect(await valueFrom(sql`${[]}::text[]`)).toEqual([]);
});

it('a text keeps a byte order mark at its beginning', async () => {
  for (const text of ['\uFEFF', '\uFEFFmarked', '\uFEFF\uFEFFtwice', 'in\uFEFFside', '\uFEFF🔑'.repeat(3)]) {
    expect(await valueFrom(sql`${text}::text`)).toBe(text);
    expect(await valueFrom(sql`${[text, null]}::text[]`)).toEqual([text, null]);
    expect(await valueFrom(sql`${JSON.stringify({ [text]: text })}::jsonb`)).toEqual({ [text]: text });
  }
});

it('rows with and without such texts keep their places', async () => {
  const { rows } = await sql`
    select n, case n % 3 when 0 then null when 1 then ${'\uFEFF'}::text || n else '' end as marked, ${'plain'}::text as plain
    from generate_series(1, 5000) as n order by n
  `.execute(database.db);
  const marked = (n: number) => [null, `\uFEFF${n}`, ''][n % 3];
  expect(rows).toEqual(
    Array.from({ length: 5_000 }, (_, i) => ({ n: i + 1, marked: marked(i + 1), plain: 'plain' })),
  );
});

it('a value that fails after rows with such texts is a failure', async () => {
  const failure = sql`select ${'\uFEFF'}::text, 1 / (3 - n) from generate_series(1, 5) as n`.execute(
    database.db,
  );
  await expect(failure).rejects.toMatchObject({ code: '22012' });
  expect(await valueFrom(sql`${'\uFEFFagain'}::text`)).toBe('\uFEFFagain');
});

it('booleans are booleans', async () => {
  expect(await valueFrom(sql`${true}::boolean`)).toBe(true);
  expect(await valueFrom(sql`false`)).toBe(false);
});

it('a failed statement carries its SQLSTATE and not its parameters', async () => {
  const failure = await valueFrom(sql`${'private'}::text::int`).catch((error) => error);
  expect(failure).toMatchObject({ code: '22P02' });
  expect(Object.values(Object(failure)).flat()).not.toContain('private');
});
