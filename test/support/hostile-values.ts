// Values that programs of this kind have tripped over, for properties: as text, and as JSON of any shape.

import fc from 'fast-check';

/** Stands for a number as it is written, where JSON.stringify would write another: `withRawNumbers` puts it in. */
const raw = (text: string) => `@@${text}@@`;

/** Takes what `hostileJson` marked for the numbers that it stands for. */
export const withRawNumbers = (json: string) => json.replaceAll(/"@@([-+.\de]+)@@"/g, '$1');

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\u202eevil',
    '\u200b\ufeff',
    "'; drop table credentials; --",
    "''''''",
    '%',
    '_%\\',
    '\\',
    `$\{jndi:ldap://x}`,
    '\x1b[31mred\r\nSet-Cookie: a=b',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'null',
    'NaN',
    'infinity',
    '-infinity',
    '+275760-09-13T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+23:59',
    '9999-12-31T23:59:59.999-23:59',
    '2026-02-30T00:00:00Z',
    '2026-01-31T09:30:60Z',
    '2026-01-31T09:30:00.000000000000001Z',
    '2026-01-31',
    'Europe/Berlin',
    'posixrules',
    'UTC+25',
    '😀'.repeat(60),
    'a'.repeat(201),
    'é'.normalize('NFD'),
    '9007199254740993',
    '-1',
    '1e309',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
);

export const hostileNumber: fc.Arbitrary<number | string> = fc.oneof(
  fc.constantFrom<(number | string)[]>(
    0,
    -0,
    -1,
    1,
    20,
    100,
    101,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    1e9,
    1.5,
    raw('9007199254740993'),
    raw('1e400'),
    raw('-1e-400'),
    raw(`1${'0'.repeat(400)}`),
  ),
  fc.integer({ min: -5, max: 120 }),
);

/** JSON of any shape, with the keys that objects of JavaScript have of themselves among its keys. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    hostileNumber,
    hostileText,
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(
        fc.tuple(
          fc.oneof(fc.constantFrom('__proto__', 'constructor', 'input', 'id', 'eq', 'in'), hostileText),
          tie('value'),
        ),
        { maxLength: 3 },
      )
      .map((entries) => Object.fromEntries(entries)),
    fc.integer({ min: 15, max: 400 }).map((levels) => nested(levels)),
  ),
})).value;

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}
