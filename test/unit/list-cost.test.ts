import { buildSchema, type GraphQLObjectType, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { mostKeys } from '../../src/auth/credential-keys.ts';
import { type CountedOperation, listCost, plainListSize } from '../../src/schema/list-cost.ts';
import { scopeNames } from '../../src/scopes.ts';

const schema = buildSchema(`
  interface Node { id: ID! children(first: Int): NodeConnection }
  type Query {
    users(first: Int, last: Int, after: String): UserConnection!
    products: [Product!]!
    node: Node
    any: Any
  }
  union Any = User | Product
  type UserConnection { edges: [UserEdge!]! nodes: [User!]! totalCount: Int! }
  type UserEdge { node: User! cursor: String! }
  type NodeConnection { nodes: [Node!]! }
  type User implements Node {
    id: ID! tags: [String!]! emails: [Email!]!
    children(first: Int): NodeConnection
    friends(first: Int, last: Int): UserConnection!
    best: User
  }
  type Email { address: String! }
  type Product { title: String! scopes: [Scope!]! }
  type Scope { name: String! product: Product! }
`);
const query = schema.getQueryType();
const users = query?.getFields().users;
if (users) users.extensions = { latchkey: { defaultPageSize: 100, maxPageSize: 1_000 } };
const best = (schema.getType('User') as GraphQLObjectType).getFields().best;
if (best) best.extensions = { latchkey: { defaultPageSize: 1, maxPageSize: 1 } };

const noLimit = Number.POSITIVE_INFINITY;
/** An operation of a text, the first when it has several and none is named, whose lists are resolved or read as text. */
function counted(
  text: string,
  {
    variables = {},
    name,
    isText = false,
  }: { variables?: Record<string, unknown>; name?: string; isText?: boolean } = {},
): CountedOperation {
  const document = parse(text);
  const operation = document.definitions.find(
    (one) => one.kind === Kind.OPERATION_DEFINITION && (name === undefined || one.name?.value === name),
  ) as OperationDefinitionNode;
  return { schema, document, operation, variables, isText: () => isText };
}
const problem = (text: string, variables: Record<string, unknown> = {}, maxRecords = 1_000, name?: string) =>
  listCost(counted(text, { variables, ...(name && { name }) }), { maxRecords, maxWork: noLimit });
const allows = (most: number, text: string, variables: Record<string, unknown> = {}) => {
  expect(problem(text, variables, most)).toBeUndefined();
  expect(problem(text, variables, most - 1)).toMatch(/could return more than [\d,]+ records/);
};

describe('the records an operation may return are counted', () => {
  test.each<[string, number, string, Record<string, unknown>]>([
    ['a page', 7, '{users(first: 7) {nodes {id}}}', {}],
    ['the last page', 7, '{users(last: 7) {edges {node {id}}}}', {}],
    ['the default page', 100, '{users {nodes {id}}}', {}],
    ['the default page for null', 100, 'query($n: Int) {users(first: $n) {nodes {id}}}', { n: null }],
    ['a page by variable', 8, 'query($n: Int) {users(first: $n) {nodes {id}}}', { n: 8 }],
    ['a page by the default of a variable', 9, 'query($n: Int = 9) {users(first: $n) {nodes {id}}}', {}],
    [
      'at most the largest page, since the resolver refuses more',
      1_000,
      '{users(first: 2147483647) {nodes {id}}}',
      {},
    ],
    ['the larger of first and last', 9, '{users(first: 3, last: 9) {nodes {id}}}', {}],
    [
      'lists in lists, multiplied',
      10 + 10 * 5,
      '{users(first: 10) {nodes {friends(first: 5) {nodes {id}}}}}',
      {},
    ],
    [
      'lists side by side, added',
      10 + 20,
      '{users(first: 10) {nodes {id}} b: users(first: 20) {nodes {id}}}',
      {},
    ],
    ['a plain list of objects as six', 6, '{products {title}}', {}],
    ['not a list of strings', 3, '{users(first: 3) {nodes {tags}}}', {}],
    ['a list in a plain list', 3 + 3 * 6, '{users(first: 3) {nodes {emails {address}}}}', {}],
    [
      'what fragments hold',
      4 + 4 * 6,
      '{users(first: 4) {...f}} fragment f on UserConnection {nodes {... on User {...g}}} fragment g on User {friends(first: 6) {nodes {id}}}',
      {},
    ],
    ['what stands behind a type condition', 6, '{any {... on User {friends(first: 6) {nodes {id}}}}}', {}],
    ['what an interface has', 6, '{node {children(first: 6) {nodes {id}}}}', {}],
  ])('%s', (_name, most, text, variables) => allows(most, text, variables));

  test('negative pages do not pay for others', () => {
    expect(
      problem('{a: users(first: -100000) {nodes {id}} b: users(first: 1000) {nodes {id}}}', {}, 999),
    ).toBeDefined();
  });

  test('of the operation that will run', () => {
    const text = 'query small {users(first: 1) {nodes {id}}} query large {users(first: 1000) {nodes {id}}}';
    expect(problem(text, {}, 10, 'small')).toBeUndefined();
    expect(problem(text, {}, 10, 'large')).toBeDefined();
  });
});

test('lists that lead back to themselves are refused before they grow', () => {
  const circle = `${'{scopes {product '.repeat(7)}{title}${'}}'.repeat(7)}`;
  expect(problem(`{products ${circle}}`, {}, 25_000)).toBeDefined();
});

test('what validation refuses is left to it', () => {
  expect(problem('{nowhere {nodes {id}}}')).toBeUndefined();
  expect(problem('{...nowhere}')).toBeUndefined();
  expect(problem('{...f} fragment f on Query {...f}')).toBeUndefined();
  expect(problem('{...f} fragment f on Nowhere {users {nodes {id}}}')).toBeUndefined();
  expect(problem('subscription {a}')).toBeUndefined();
  expect(problem('query($n: Int) {users(first: $n) {nodes {id}}}', { n: '1000000' })).toBeUndefined();
  expect(problem('{__schema {types {fields {name}}}}')).toBeUndefined();
});

test('the work is linear when fragments double', () => {
  const names = Array.from({ length: 40 }, (_, i) => i);
  const doubling = names.map(
    (i) => `fragment f${i} on User {friends(first: 2) {nodes {...f${i + 1}} edges {node {...f${i + 1}}}}}`,
  );
  const text = `{users(first: 2) {nodes {...f0}}} ${doubling.join(' ')} fragment f40 on User {id}`;
  const before = process.cpuUsage();
  expect(problem(text, {}, 25_000)).toBeDefined();
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(50);
});

/** The steps that an operation is counted with. */
function workOf(text: string, isText: boolean): number {
  const operation = counted(text, { isText });
  const isWithin = (maxWork: number) => listCost(operation, { maxRecords: noLimit, maxWork }) === undefined;
  let [low, high] = [0, 10_000_000];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isWithin(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

describe('the work that an operation may take is counted', () => {
  const nodes = (selection: string) => `{users(first: 1000) {nodes {${selection}}}}`;

  test.each<[string, string, number, number]>([
    ['fields for each record, where they are resolved', nodes('id tags'), 1, 5 + 2 * 1.5],
    ['neighbours', nodes('best {id}'), 1 + 2, 5 + 20 + 5 + 1.5],
    ['lists that hang on records', nodes('friends(first: 1) {totalCount}'), 1 + 10, 5 + 100 + 5 + 1.5],
    [
      'what is in those lists',
      nodes('friends(first: 3) {nodes {id} totalCount}'),
      1 + 10 + 3 * 1,
      5 + 100 + 5 + 1.5 + 3 * 6.5,
    ],
    ['cursors of records', '{users(first: 1000) {edges {cursor}}}', 1 + 20, 5 + 20],
  ])('%s', (_name, text, asText, resolved) => {
    expect(Math.round(workOf(text, true) / 500) / 2).toBe(asText);
    expect(Math.round(workOf(text, false) / 500) / 2).toBe(resolved);
  });

  test('the cursors of a page once, however long it is', () => {
    const page = 'pageInfo {startCursor endCursor}';
    expect(workOf(`{users(first: 1000) {${page}}}`, false)).toBeLessThan(200);
    expect(workOf(`{users(first: 2) {nodes {friends(first: 100) {${page}}}}}`, true)).toBeLessThan(200);
  });

  test('for all nodes of a root field together, as they are read', () => {
    const asked: number[] = [];
    const text =
      '{users {nodes {id}} ...F other: users {totalCount}} fragment F on Query {users {edges {node {id}}}}';
    const isText = (_field: unknown, fieldNodes: readonly unknown[]) => asked.push(fieldNodes.length) > 0;
    listCost({ ...counted(text), isText }, { maxRecords: noLimit, maxWork: noLimit });
    expect(asked).toEqual([2, 1]);
  });

  test('and is more than one request may take, in a sentence that says what to do', () => {
    expect(listCost(counted(nodes('id')), { maxRecords: noLimit, maxWork: 100 })).toContain(
      'Ask for smaller pages',
    );
  });
});

test('no list without pages is longer than it is taken to be', () => {
  expect(Math.max(scopeNames.length, mostKeys)).toBeLessThanOrEqual(plainListSize);
});
