// A page's JSON, made of its values: whatever they are, wherever memory ends, and never with one in another's place.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Constant } from '../../src/db/data/json-bytes.ts';
import { type PageValues, separator } from '../../src/db/data/page-values.ts';
import { PageWriter } from '../../src/db/data/page-writer.ts';

const shape: PageValues = {
  sql: '',
  instants: ['at', 'ended'],
  fields: [
    { key: new Constant('{"id":'), is: 'text', words: [] },
    { key: new Constant(',"__typename":"Record"'), is: 'constant', words: [] },
    { key: new Constant(',"at":'), is: 'instant', words: [] },
    { key: new Constant(',"label":'), is: 'optional text', words: [] },
    { key: new Constant(',"detail":'), is: 'json', words: [] },
    {
      key: new Constant(',"actor":'),
      is: 'words',
      words: ['bot', 'user'].map((word) => ({
        stored: Buffer.from(word + separator),
        word: new Constant(JSON.stringify(word.toUpperCase())),
      })),
    },
    { key: new Constant(',"ended":'), is: 'instant', words: [] },
  ],
  read: 4,
};

interface Values {
  id: string;
  label: string | null;
  detail: unknown;
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

const found = (records: readonly Values[]) => ({
  texts: records
    .flatMap(({ id, label, detail, actor }) => [
      id,
      label === null ? '' : `"${label}`,
      JSON.stringify(detail),
      actor,
    ])
    .join(separator),
  instants: Buffer.concat(records.flatMap(({ at, ended }) => [sent(at), sent(ended)])),
  found: records.length,
});

const words: Record<string, string> = { bot: 'BOT', user: 'USER' };
const expected = ({ id, label, detail, actor, at, ended }: Values) => ({
  id,
  __typename: 'Record',
  at: at.toISOString(),
  label,
  // Numbers such as -0 are what JSON makes of them.
  detail: JSON.parse(JSON.stringify(detail)),
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
        const next = [{ ...one, id: 'next', label: null }];
        expect(JSON.parse(`[${writer.write(shape, found(next), 1)}]`)).toEqual(next.map(expected));
      },
    ),
  );
});

it('may be longer than any piece of memory', () => {
  const long = [
    { id: 'é"\u0001'.repeat(300_000), label: 'x'.repeat(700_000), detail: ['y'.repeat(900_000)] },
  ];
  const records = long.map((one) => ({ ...one, actor: 'bot', at: new Date(0), ended: null }));
  expect(JSON.parse(`[${writer.write(shape, found(records), 5)}]`)).toEqual(records.map(expected));
});
