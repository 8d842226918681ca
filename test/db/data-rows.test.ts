// Records as text of JSON: what the database does for a page of them.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { isNullable, typeOfColumn } from '../../src/db/data/column-facts.ts';
import { objectText, type ShapeField } from '../../src/db/data/json-text.ts';
import { LineWriter } from '../../src/db/data/line-writer.ts';
import { columnsOf, type DataResource, dataResources } from '../../src/db/data/resources.ts';
import { listRows, type RowList, rowsQuery } from '../../src/db/data/rows.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { conversation, makeOrganization } from '../support/records.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
let database: TestDatabase;
let ours: string;

beforeAll(async () => {
  database = await testDatabase();
  ours = (await makeOrganization(database.db)).id;
});
afterAll(() => database.drop());

const list: RowList<'conversations'> = {
  columns: columnsOf('conversations'),
  order: [{ column: 'id', direction: 'asc' }],
  limit: 100,
};

it('has the fields in alphabetical order, instants with three decimals in UTC, and nulls', async () => {
  const record = conversation({
    id: 'odd "text" \\ \n 🔑',
    created_time: '0001-01-01T00:00:00.000Z',
    last_updated_time: '9999-12-31T23:59:59.999Z',
    primary_domain: null,
    detail: { content: 'a\u2028b\t"c"' },
  });
  await upsertRecords(database.db, ours, 'conversations', [record], now);
  const { rows } = await listRows(database.db, ours, 'conversations', list);
  const sorted = Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  expect(rows.map((row) => row.replace('{"content": ', '{"content":'))).toEqual([JSON.stringify(sorted)]);
  const some = { ...list, columns: ['route', 'created_time'] } as RowList<'conversations'>;
  expect((await listRows(database.db, ours, 'conversations', some)).rows).toEqual([
    '{"created_time":"0001-01-01T00:00:00.000Z","route":"DM"}',
  ]);
});

const oddTexts = [
  'plain',
  '',
  '"',
  '\\',
  'a\\"b',
  '\u2028\u2029',
  '🔑é\u007f',
  '%s $1',
  "'",
  'null',
  '{"a":"b"}',
];
const controls = Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1));
const oddValues = {
  text: [...oddTexts, ...controls],
  boolean: ['true', 'false'],
  jsonb: ['null', '{}', '{"a": "\\u0001\\" \\u2028"}', '[1, null]', '"text"'],
  timestamptz: [
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '2026-01-31T09:30:00.12Z',
    '2024-02-29T23:59:59.009Z',
  ],
};

/** A row of the resource's columns, all text alike, so that nothing but this one value is odd. */
function oddRow(resource: DataResource, place: number) {
  const columns = columnsOf(resource).map((name) => {
    const type = typeOfColumn(resource, name) ?? 'text';
    const values = [...oddValues[type], ...(isNullable(resource, name) ? [null] : [])];
    return sql`${values[place % values.length]}::text::${sql.raw(type)} as ${sql.id(name)}`;
  });
  return sql`(select ${sql.join(columns)}) as page`;
}

describe.each(dataResources)('the JSON text of %s', (resource) => {
  const fields = columnsOf(resource).map(
    (name): ShapeField => ({ key: name, value: { kind: 'stored', name } }),
  );
  const instant = (name: string) => sql`to_char(page.${sql.id(name)}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const plain = (name: string) =>
    sql`${typeOfColumn(resource, name) === 'timestamptz' ? instant(name) : sql.ref(`page.${name}`)} as ${sql.id(name)}`;

  it('is what row_to_json makes of it, whatever it holds', async () => {
    for (let place = 0; place < oddValues.text.length; place += 1) {
      const { rows } = await sql<{ fast: string; plain: string }>`
        select ${objectText(resource, 'page', fields)} as fast, row_to_json(fields)::text as plain
        from ${oddRow(resource, place)}
        cross join lateral (select ${sql.join(fields.map(({ key }) => plain(key)))}) as fields`.execute(
        database.db,
      );
      const [row] = rows;
      expect(row).toEqual({ fast: row?.plain, plain: row?.plain });
      expect(() => JSON.parse(row?.fast ?? '')).not.toThrow();
    }
  });

  it('is the same in lines, in memory that grows, and in memory that had others before', async () => {
    const writer = new LineWriter(resource, columnsOf(resource));
    const sorted = columnsOf(resource).toSorted();
    const copies = 400;
    const rows = oddValues.text.map(
      (_, place) =>
        sql`select page.* from ${oddRow(resource, place)} cross join generate_series(1, ${sql.lit(copies)})`,
    );
    const odd = sql`(${sql.join(rows, sql` union all `)}) as page`;
    const { rows: expected } = await sql<{ line: string }>`
      select row_to_json(fields)::text as line from ${odd}
      cross join lateral (select ${sql.join(sorted.map(plain))}) as fields`.execute(database.db);
    for (let round = 0; round < 2; round += 1) {
      const columns = sql.join(writer.columns.map((name) => sql.ref(`page.${name}`)));
      await sql`copy (select ${columns} from ${odd}) to ${writer.begin(expected.length)} (format binary)`.execute(
        database.db,
      );
      const { lines, count, lastId } = writer.end();
      expect(lines.length).toBeGreaterThan(600_000);
      expect(count).toBe(expected.length);
      expect(lines.toString().split('\n')).toEqual([...expected.map(({ line }) => line), '']);
      expect(lastId).toBe(JSON.parse(expected.at(-1)?.line ?? '').id);
    }
  });
});

it('a line may be longer than the memory that a writer begins with', async () => {
  const content = `${'é"\u0001'.repeat(200_000)}`;
  const writer = new LineWriter('conversations', ['id', 'route']);
  const read = sql`select 'id' as id, ${content}::text as route, 'id' as place`;
  for (let round = 0; round < 2; round += 1) {
    await sql`copy (${read}) to ${writer.begin(2)} (format binary)`.execute(database.db);
    const { lines, count, lastId } = writer.end();
    expect([count, lastId]).toEqual([1, undefined]);
    expect(lines.toString()).toBe(`${JSON.stringify({ id: 'id', route: content })}\n`);
  }
});

it('a page of lines ends early when its records are long, and the next one goes on behind it', async () => {
  const writer = new LineWriter('conversations', ['id', 'route']);
  const megabyte = 1_000_000;
  const ids: string[] = [];
  let after = 0;
  for (let pages = 0; after < 20; pages += 1) {
    const read = sql`
      select 'c' || i, repeat('x', ${sql.lit(megabyte)}), 'c' || i
      from generate_series(${sql.lit(after + 1)}, 20) as i`;
    await sql`copy (${read}) to ${writer.begin(100)} (format binary)`.execute(database.db);
    const { lines, count, lastId } = writer.end();
    const records = lines.toString().trimEnd().split('\n');
    ids.push(...records.map((line) => JSON.parse(line).id));
    expect(records.length).toBe(count);
    expect(lines.length).toBeLessThan(10 * megabyte);
    expect(lastId).toBe(lastId === undefined ? undefined : ids.at(-1));
    after = lastId === undefined ? 20 : Number(lastId.slice(1));
    expect(pages).toBeLessThan(5);
  }
  expect(ids).toEqual(Array.from({ length: 20 }, (_, i) => `c${i + 1}`));
});

describe('a page is read from an index, without sorting the table,', () => {
  test.each<[string, RowList<'conversations'>['order'], string[] | undefined]>([
    ['by id', [{ column: 'id', direction: 'asc' }], ['x']],
    ['by id, backward', [{ column: 'id', direction: 'desc' }], ['x']],
    ...(['created_time', 'last_updated_time'] as const).flatMap((column) =>
      (['asc', 'desc'] as const).map((direction): [string, RowList<'conversations'>['order'], string[]] => [
        `by ${column} ${direction}`,
        [
          { column, direction },
          { column: 'id', direction },
        ],
        ['2026-01-01T00:00:00.000Z', 'x'],
      ]),
    ),
  ])('%s, from the start and from a place', async (_name, order, place) => {
    await database.db.transaction().execute(async (tx) => {
      await sql`set local enable_seqscan = off`.execute(tx);
      await sql`set local enable_bitmapscan = off`.execute(tx);
      for (const from of [undefined, place]) {
        const query = rowsQuery(ours, 'conversations', { ...list, order, from });
        const plan = await sql<Record<string, string>>`explain ${query}`.execute(tx);
        const text = plan.rows.map((row) => Object.values(row)[0]).join('\n');
        // What stands above the limit has no more rows than a page.
        const read = text.slice(text.indexOf('Limit'));
        expect(read).toMatch(/Index (Only )?Scan/);
        expect(read).not.toContain('Sort');
        if (from) expect(read).toMatch(/Index Cond: .*(ROW\(|id (>|<|COLLATE))/);
      }
    });
  });
});
