// What a single field of a record may hold. Stricter than JSON where Postgres is: it refuses NUL and lone surrogates.

import { z } from 'zod';
import { parseInstant } from '../../instant.ts';

const maximumIdLength = 200;
const maximumWordLength = 1_000;
const maximumTextLength = 1_000_000;
/**
 * A row of an index may have 2,704 bytes in PostgreSQL. Beside one such word stand the row's header and the organization
 * (40 bytes with the padding and the word's own length), a time (8, and up to 7 of padding), and an id, whose 200
 * characters take 3 bytes each at most (604): 2,659 in all.
 */
const maximumIndexedBytes = 2_000;
/** Deeper than any record of the product by far; keeps hostile nesting away from recursive code. */
const maximumDepth = 16;

const should = (expectation: string) => ({
  error: (issue: { input?: unknown }) =>
    issue.input === undefined ? 'is missing' : `should be ${expectation}`,
});

/** Whether Postgres would store this text as it is, and neither refuse nor change it. */
const isStorableText = (text: string): boolean => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

const unstorable = 'holds a NUL character or half of a surrogate pair, which cannot be stored';
const tooDeep = `is nested more than ${maximumDepth} levels deep: send it flatter`;
const inexact = 'is a number that cannot be kept exactly: send it as a string';
const lostKey = 'has a key "__proto__", which cannot be kept: give it another name';

/** Of a decimal 15 digits are kept. Of an integer that was rounded, nobody knows any more which one it was. */
const isExact = (number: number): boolean =>
  Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));

interface Flaw {
  path: readonly string[];
  message: string;
}

/** Names that a person can be told as they are: neither endless nor with characters that steer a terminal. */
export const isPlain = (name: string): boolean => /^[\w -]{1,40}$/.test(name);

/** The first thing in a value of any shape that would be refused or changed on its way to a reader, and where. */
function flawIn(value: unknown, path: readonly string[] = []): Flaw | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : { path, message: unstorable };
  if (typeof value === 'number') return isExact(value) ? undefined : { path, message: inexact };
  if (typeof value !== 'object' || value === null) return undefined;
  if (path.length === maximumDepth) return { path: [], message: tooDeep };
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') return { path, message: lostKey };
    const flaw = isStorableText(key) ? flawIn(item, [...path, key]) : { path, message: unstorable };
    if (flaw) return flaw;
  }
  return undefined;
}

const textOf = (longest: number) =>
  z
    .string(should('text'))
    .max(longest, `should have at most ${longest} characters`)
    .refine(isStorableText, unstorable);

/** An id: the product's have many forms (12 characters, 32 hex, decimal numbers, ticket numbers), so any text will do. */
export const id = textOf(maximumIdLength).min(1, 'should not be empty');
/** A name or a value of an open vocabulary. */
export const word = textOf(maximumWordLength);
/** A word that is a column of an index. Rows of ids alone stay below what an index takes, whatever their characters. */
export const indexedWord = word.refine(
  (written) => Buffer.byteLength(written) <= maximumIndexedBytes,
  `should have at most ${maximumIndexedBytes} bytes of UTF-8, because it is indexed`,
);
/** Something that people wrote. */
export const text = textOf(maximumTextLength);
export const flag = z.boolean(should('true or false'));
export const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, should(values.map((value) => `"${value}"`).join(' or ')));

/** Older files lack the key, newer ones write null: both mean that there is none. */
export const orNull = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null);

const instantShould = 'should be an RFC 3339 time with an offset, such as 2026-01-31T09:30:00.000Z';
/** A moment in UTC to the millisecond, from an RFC 3339 time with any offset. */
export const instant = z.string(should('text')).transform((written, context) => {
  const at = parseInstant(written);
  if (at !== undefined) return at;
  context.addIssue(instantShould);
  return z.NEVER;
});

/**
 * An object with these keys, each of which may be absent. Further keys are kept as they come, whatever they hold; what
 * would not come out as it went in is refused.
 */
export const openObject = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .unknown()
    // Before the object is taken apart, because zod leaves out a key "__proto__".
    .check(({ value, issues }) => {
      const flaw = flawIn(value);
      if (flaw) issues.push({ code: 'custom', input: value, ...flaw, path: flaw.path.filter(isPlain) });
    })
    .pipe(z.looseObject(shape, should('an object')));

export const listOf = <Item extends z.ZodType>(item: Item) => z.array(item, should('a list'));
/** A record: its keys, each a field above. */
export const recordOf = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape, should('an object'));
