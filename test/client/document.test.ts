// Typed documents are sent as text that means the same: what graphql-js parses of it is what was given.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, parse, print } from 'graphql';
import { expect, it } from 'vitest';
import { documentText } from '../../client/src/document.js';
import * as documents from '../operations/documents.ts';

const everything = `
query Everything($a: [Int!]! = [1, 2] @d, $b: Input = { text: "a \\"b\\" \\\\ \\u0007 é 😀", list: [], none: null }) @live(if: true) {
  alias: field(int: -1, float: 1.5e10, enum: NORTH, flag: false, object: {}, variable: $a) @include(if: $b) @skip(if: false) { id }
  ... on Type @x { inner }
  ... @include(if: true) { untyped }
  ...Part @y(z: """
    block "quoted"
      indented
  """)
}
fragment Part on Type @z { a b: c(d: $b) }
mutation { do }
subscription S { watch }
`;

const withoutPlaces = (document: DocumentNode) =>
  JSON.parse(
    JSON.stringify(document, (name, value) => (name === 'loc' || name === 'block' ? undefined : value)),
  );

const operations = ['credentials', 'people', 'tokens'].map((name) =>
  readFileSync(fileURLToPath(new URL(`../operations/${name}.graphql`, import.meta.url)), 'utf8'),
);

it.each([everything, ...operations].map((text, i) => [i, parse(text)] as const))(
  'document %i survives',
  (_i, document) => {
    const { text } = documentText(document as never);
    expect(withoutPlaces(parse(text))).toEqual(withoutPlaces(document));
  },
);

it('the documents that codegen makes survive, and are told apart as queries and mutations', () => {
  const made = Object.entries(documents).filter(([name]) => name.endsWith('Document'));
  expect(made.length).toBeGreaterThan(5);
  for (const [name, document] of made) {
    const { text, isQuery } = documentText(document as never);
    expect(print(parse(text)), name).toBe(print(document as DocumentNode));
    expect(isQuery, name).toBe(!text.includes('mutation '));
  }
});

it('a document of a schema is refused', () => {
  expect(() => documentText(parse('type A { b: C }') as never)).toThrow(TypeError);
});
