import { GraphQLError, getIntrospectionQuery, parse, print } from 'graphql';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import {
  documentLimits,
  documentProblem,
  parseWithinLimits,
  repetitionProblem,
} from '../../src/schema/limits.ts';

const limits = { ...documentLimits, once: new Set(['signIn', 'token']) };
const problem = (text: string) => documentProblem(parse(text), limits);
const repeat = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
const directives = repeat(31, () => '@a');
const nested = (depth: number) => `${'{a'.repeat(depth)}${'}'.repeat(depth)}`;

/** Why a text is not parsed. @throws whatever else is thrown */
function refusalOf(text: string): string {
  try {
    parseWithinLimits(text);
  } catch (error) {
    if (error instanceof AppError && error.code === 'QUERY_TOO_COMPLEX') return error.sentence;
    throw error;
  }
  return 'It was parsed.';
}

/** Runs a check, and fails when each of five times it took the processor more than a few milliseconds. */
function quickly<Result>(run: () => Result): Result {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  expect(Math.min(...times)).toBeLessThan(50);
  return run();
}

describe('a document passes', () => {
  test.each([
    [
      'GraphiQL and code generators ask for the schema',
      getIntrospectionQuery({
        descriptions: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        directiveIsRepeatable: true,
        specifiedByUrl: true,
        oneOf: true,
      }),
    ],
    ['it is as deep as the limit', nested(documentLimits.maxDepth)],
    ['it has as many fields as the limit', `{${repeat(documentLimits.maxFields, () => 'a')}}`],
    ['it has an alias as long as the limit', `{ ${'x'.repeat(documentLimits.maxAliasLength)}: a }`],
    ['it has as many aliases as the limit', `{${repeat(documentLimits.maxAliases, (i) => `x${i}: a`)}}`],
    [
      'it has as many operations as the limit',
      repeat(documentLimits.maxOperations, (i) => `query q${i} {a}`),
    ],
    ['it holds one attempt', 'mutation { signIn } '],
    ['it spreads a fragment that does not exist, which validation refuses', '{...nowhere}'],
  ])('when %s', (_name, text) => {
    expect(problem(text)).toBeUndefined();
    expect(print(parseWithinLimits(text))).toBe(print(parse(text)));
  });
});

describe('a document is refused', () => {
  test.each<[string, RegExp, string]>([
    ['levels', /nested more than 16 levels/, nested(17)],
    [
      'levels behind inline fragments',
      /nested more than 16 levels/,
      `${'{... on Q {a'.repeat(17)}${'}}'.repeat(17)}`,
    ],
    [
      'levels, some in a fragment',
      /nested more than 16 levels/,
      `${'{a'.repeat(8)}{...f}${'}'.repeat(8)} fragment f on Q ${nested(9)}`,
    ],
    ['fields', /more than 1,000 fields/, `{${repeat(1_001, () => 'a')}}`],
    [
      'fields, most in a fragment',
      /more than 1,000 fields/,
      `{${repeat(101, () => '...f')}} fragment f on Q {${repeat(10, () => 'a')}}`,
    ],
    ['fields in inline fragments', /more than 1,000 fields/, `{...{...on Q{${repeat(1_001, () => 'a')}}}}`],
    ['aliases', /more than 30 aliases/, `{${repeat(31, (i) => `x${i}: a`)}}`],
    ['long aliases', /alias of more than 100 characters/, `{ ${'x'.repeat(101)}: a }`],
    [
      'long aliases in a fragment',
      /alias of more than 100 characters/,
      `{ ...F } fragment F on Query { b { ${'x'.repeat(101)}: a } }`,
    ],
    ['aliases of __typename', /more than 30 aliases/, `{${repeat(31, (i) => `x${i}: __typename`)}}`],
    [
      'aliases in a fragment',
      /more than 30 aliases/,
      `{...f ...f} fragment f on Q {${repeat(16, (i) => `x${i}: a`)}}`,
    ],
    ['directives on a field', /more than 30 directives/, `{a ${directives}}`],
    ['directives on an operation', /more than 30 directives/, `query ${directives} {a}`],
    ['directives on a variable', /more than 30 directives/, `query ($x: Int ${directives}) {a}`],
    ['directives on a spread', /more than 30 directives/, `{...f ${directives}} fragment f on Q {a}`],
    ['directives on an inline fragment', /more than 30 directives/, `{... ${directives} {a}}`],
    ['directives on an unused fragment', /more than 30 directives/, `{a} fragment f on Q ${directives} {a}`],
    ['operations', /more than 10 operations/, repeat(11, (i) => `query q${i} {a}`)],
    ['fragments', /more than 50 fragments/, `{a} ${repeat(51, (i) => `fragment f${i} on Q {a}`)}`],
  ])('for too many %s', (_name, expected, text) => {
    expect(problem(text)).toMatch(expected);
  });

  test('for fragments that spread in a circle', () => {
    expect(problem('{...f} fragment f on Q {a ...f}')).toContain('levels');
    expect(problem('{...f} fragment f on Q {a ...g} fragment g on Q {a {...f}}')).toContain('levels');
    expect(problem('{a} fragment f on Q {...f}')).toContain('levels');
  });

  test('in milliseconds, when fragments double 2^40 times', () => {
    const doubling = repeat(40, (i) => `fragment f${i} on Q {...f${i + 1} ...f${i + 1}}`);
    const text = `{...f0} ${doubling} fragment f40 on Q {a}`;
    const document = parseWithinLimits(text);
    expect(quickly(() => documentProblem(document, limits))).toContain('fields');
  });

  test.each([
    ['fields nested 5,000 deep', nested(5_000)],
    ['a list literal 20,000 deep', `{a(x: ${'['.repeat(20_000)}${']'.repeat(20_000)})}`],
    ['an object literal 10,000 deep', `{a(x: ${'{y: '.repeat(10_000)}1${'}'.repeat(10_000)})}`],
    ['10,000 aliases', `{${repeat(10_000, (i) => `x${i}: __typename`)}}`],
    ['the same field 50,000 times', `{${repeat(50_000, () => 'a')}}`],
    ['10,000 unused fragments', `{a} ${repeat(10_000, (i) => `fragment f${i} on Q {a}`)}`],
    ['5,000 directives', `{a ${repeat(5_000, () => '@a')}}`],
    ['a list type 5,000 deep', `query ($x: ${'['.repeat(5_000)}Int${']'.repeat(5_000)}) {a}`],
  ])('in milliseconds and before it is parsed to its end: %s', (_name, text) => {
    expect(quickly(() => refusalOf(text))).toMatch(/more than (2,000 tokens|100 levels deep)/);
  });

  test('when its brackets nest deeper than the parser may recurse', () => {
    expect(refusalOf('{a(x: ['.padEnd(1_500, '['))).toContain('100 levels deep');
    expect(refusalOf(`{a(x: ${'[{y: '.repeat(60)}`)).toContain('100 levels deep');
  });

  test.each([
    ['under aliases', 'mutation { a: signIn b: signIn }'],
    ['of two kinds', 'mutation { signIn token }'],
    ['in a fragment that is spread twice', 'mutation { x { ...f } y { ...f } } fragment f on M { signIn }'],
    ['in two operations', 'mutation a { signIn } mutation b { token }'],
  ])('for two attempts %s', (_name, text) => {
    expect(problem(text)).toBe('A document may hold one of signIn, token, and this one holds 2.');
  });

  test('without recursion of its own, when the parser let a deep document through', () => {
    const inline = `{${'...{'.repeat(600)}a${'}'.repeat(600)}}`;
    expect(quickly(() => problem(inline))).toBeUndefined();
    expect(quickly(() => problem(nested(600)))).toContain('levels');
  });
});

test('the same field is asked for 245 times, and not 246', () => {
  expect(repetitionProblem(parse(`{${repeat(245, () => 'a')}}`))).toBeUndefined();
  expect(repetitionProblem(parse(`{${repeat(246, () => 'x: a')}}`))).toContain('too often');
  expect(repetitionProblem(parse(`{${repeat(900, (i) => `a${i} { id${i % 9} }`)}}`))).toContain('too often');
  expect(repetitionProblem(parse(`{${repeat(900, (i) => `a${i} { id${i % 90} }`)}}`))).toBeUndefined();
});

test.each(['{a "unterminated', '\u0000', ']]]}}}', ''])('a syntax error is one: %j', (text) => {
  expect(() => parseWithinLimits(text)).toThrow(GraphQLError);
});
