// A page's JSON, made of its values: whatever they are, wherever memory ends, and never with one in another's place.

import fc from 'fast-check';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { expect, it } from 'vitest';
import { pageValues, separator } from '../../src/db/data/page-values.ts';
import { PageWriter } from '../../src/db/data/page-writer.ts';
import type { Tables } from '../../src/db/tables.ts';

/** Compiles, and reaches no database. */
const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (any) => new PostgresIntrospector(any),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

const shape = pageValues(db, 'interactions', [
  { key: 'id', value: { kind: 'stored', name: 'id' } },
  { key: '__typename', value: { kind: 'constant', text: 'Record' } },
  { key: 'at', value: { kind: 'stored', name: 'created_time' } },
  { key: 'label', value: { kind: 'stored', name: 'label' } },
  { key: 'detail', value: { kind: 'stored', name: 'detail' } },
  {
    key: 'inside',
    value: {
      kind: 'object',
      name: 'detail',
      fields: [
        { key: 'content', value: { kind: 'stored', name: 'content', isText: true } },
        { key: '__typename', value: { kind: 'constant', text: 'Detail' } },
        { key: 'fileTypes', value: { kind: 'stored', name: 'file_types' } },
      ],
    },
  },
  { key: 'actor', value: { kind: 'stored', name: 'actor', words: { bot: 'BOT', user: 'USER' } } },
  { key: 'ended', value: { kind: 'stored', name: 'last_updated_time' } },
]);

interface Values {
  id: string;
  label: string | null;
  detail: unknown;
  inside: { content: string | null; fileTypes: unknown } | null;
  actor: string;
  at: Date;
  ended: Date | null;
}

const text = (unit: fc.StringConstraints['unit']) => fc.string({ unit, maxLength: 9_000, size: 'max' });
const anyText = fc.oneof(text('binary'), fc.string({ unit: 'grapheme' }), fc.string(), fc.constant(''));
const instant = fc.date({
  min: new Date('0001-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const recordOf = (word: fc.Arbitrary<string>): fc.Arbitrary<Values> =>
  fc.record({
    id: word,
    label: fc.option(word),
    detail: fc.jsonValue(),
    inside: fc.option(fc.record({ content: fc.option(word), fileTypes: fc.jsonValue() })),
    actor: fc.constantFrom('bot', 'user', 'bo', 'nobody', ''),
    at: instant,
    ended: fc.option(instant),
  });

/** As Postgres sends an instant: microseconds since the year 2000. */
function sent(date: Date | null): Buffer {
  const bytes = Buffer.alloc(8);
  const least = -(2n ** 63n);
  const micros = date === null ? least : BigInt(date.getTime() - Date.UTC(2000, 0, 1)) * 1000n;
  bytes.writeBigInt64BE(micros);
  return bytes;
}

const optional = (text: string | null | undefined): string => (text == null ? '' : `"${text}`);

const found = (records: readonly Values[]) => ({
  texts: records
    .flatMap(({ id, label, detail, inside, actor }) => [
      id,
      optional(label),
      JSON.stringify(detail),
      inside ? 'object' : 'array',
      optional(inside?.content),
      JSON.stringify(inside?.fileTypes ?? null),
      actor,
    ])
    .join(separator),
  instants: Buffer.concat(records.flatMap(({ at, ended }) => [sent(at), sent(ended)])),
  found: records.length,
});

const words: Record<string, string> = { bot: 'BOT', user: 'USER' };
/** Numbers such as -0 are what JSON makes of them. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));
const expected = ({ id, label, detail, inside, actor, at, ended }: Values) => ({
  id,
  __typename: 'Record',
  at: at.toISOString(),
  label,
  detail: asJson(detail),
  inside: inside && { content: inside.content, __typename: 'Detail', fileTypes: asJson(inside.fileTypes) },
  actor: words[actor] ?? null,
  ended: ended?.toISOString() ?? null,
});

const writer = new PageWriter();

it('is that of its first records, page after page', () => {
  const plain = anyText.map((any) => any.replaceAll(separator, ''));
  const pages = fc.tuple(
    fc.array(recordOf(plain), { minLength: 1, maxLength: 40 }),
    fc.integer({ min: 1, max: 40 }),
  );
  fc.assert(
    fc.property(pages, ([records, limit]) => {
      const items = writer.write(shape, found(records), limit);
      expect(JSON.parse(`[${items}]`)).toEqual(records.slice(0, limit).map(expected));
    }),
  );
});

it('is none where any value holds what stands between values, and the next page is as it should be', () => {
  const odd = fc.tuple(anyText, anyText).map((around) => around.join(separator));
  fc.assert(
    fc.property(
      fc.array(recordOf(anyText), { maxLength: 9 }),
      recordOf(odd),
      fc.nat(9),
      (before, one, limit) => {
        const records = [...before, one];
        expect(writer.write(shape, found(records), limit)).toBeUndefined();
        const next = [{ ...one, id: 'next', label: null, inside: null }];
        expect(JSON.parse(`[${writer.write(shape, found(next), 1)}]`)).toEqual(next.map(expected));
      },
    ),
  );
});

it('is none, too, where what comes to stand in the place of an object begins like one', () => {
  const names = ['content', 'domain', 'entity', 'type', 'detail', 'resource_id'];
  const stored = (name: string) => ({ kind: 'stored', name, isText: true }) as const;
  const fields = names.map((name) => ({ key: name, value: stored(name) }));
  const inside = pageValues(db, 'interactions', [
    { key: 'inside', value: { kind: 'object', name: 'detail', fields } },
  ]);
  const none = names.map(() => '');
  const fresh = new PageWriter();
  // No stop is left in its memory by chance.
  fresh.write(inside, { texts: '€'.repeat(87_000), instants: null, found: 0 }, 1);
  const texts = ['object', ...none.slice(1), `"${separator}o`, '', ...none].join(separator);
  expect(fresh.write(inside, { texts, instants: null, found: 2 }, 2)).toBeUndefined();
});

it('may be longer than any piece of memory', () => {
  const long = [
    { id: 'é"\u0001'.repeat(300_000), label: 'x'.repeat(700_000), detail: ['y'.repeat(900_000)] },
  ];
  const records = long.map((one) => ({ ...one, inside: null, actor: 'bot', at: new Date(0), ended: null }));
  expect(JSON.parse(`[${writer.write(shape, found(records), 5)}]`)).toEqual(records.map(expected));
});
