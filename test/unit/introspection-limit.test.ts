import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { introspectionProblem } from '../../src/schema/introspection-limit.ts';

const problem = (text: string) => introspectionProblem(parse(text));

describe('the schema is told', () => {
  test.each([
    [
      'to GraphiQL and code generators',
      getIntrospectionQuery({
        descriptions: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        directiveIsRepeatable: true,
        specifiedByUrl: true,
        oneOf: true,
      }),
    ],
    [
      'of one type',
      '{ __type(name: "User") { name fields { name args { type { name } } type { ofType { name } } } } }',
    ],
    [
      'beside data under aliases',
      '{ a: users { nodes { fields: id } } b: users { totalCount } __schema { types { name } } }',
    ],
    ['where a field of the data has the name of a part', '{ fields { fields { fields } } }'],
    [
      'in fragments that are spread twice',
      '{ __schema { queryType { ...F } types { ...F } } } fragment F on __Type { fields { name } }',
    ],
    ['with a fragment that does not exist, which validation refuses', '{ __schema { ...nowhere } }'],
  ])('%s', (_name, text) => expect(problem(text)).toBeUndefined());
});

describe('what makes introspection grow is refused', () => {
  test.each([
    ['an alias of the schema', /without aliases/, '{ a: __schema { types { name } } }'],
    [
      'an alias of a type',
      /without aliases/,
      '{ a: __type(name: "User") { name } b: __type(name: "Token") { name } }',
    ],
    ['an alias below', /without aliases/, '{ __schema { types { name } more: types { name } } }'],
    [
      'an alias in a fragment',
      /without aliases/,
      '{ ...Q } fragment Q on Query { __schema { ...S } } fragment S on __Schema { ... { a: types { name } } }',
    ],
    [
      'fields of the types of fields',
      /once/,
      '{ __schema { types { fields { type { fields { name } } } } } }',
    ],
    [
      'values of the types of arguments',
      /once/,
      '{ __type(name: "Query") { fields { args { type { ofType { enumValues { name } } } } } } }',
    ],
    [
      'fields of possible types, in a fragment',
      /once/,
      '{ __schema { types { possibleTypes { ...T } } } } fragment T on __Type { fields { name } }',
    ],
    [
      'in the second operation',
      /once/,
      'query a { __typename } query b { __schema { types { interfaces { fields { name } } } } }',
    ],
  ])('%s', (_name, expected, text) => expect(problem(text)).toMatch(expected));
});

test('fragments that double, and end in none, are each looked into once', () => {
  const doubling = Array.from({ length: 40 }, (_, i) => `fragment f${i} on Q {...f${i + 1} ...f${i + 1}}`);
  expect(problem(`{...f0} ${doubling.join(' ')} fragment f40 on Q {...nowhere}`)).toBeUndefined();
});
