// What clients may rely on: every name and shape of the contract is in the schema. The contract stands beside the
// project and in no clone of it; there this file is skipped.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type ASTNode, type DefinitionNode, type DocumentNode, Kind, parse, print } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';

const path = fileURLToPath(new URL('../../../shared/contract.graphql', import.meta.url));
const present = existsSync(path);
if (!present) console.warn('The contract does not stand beside the project: its tests are skipped.');

/** What the contract has and a later piece of work brings. Take a line out when its test says that it is there. */
const notYet: string[] = [];

const ours = parse(printSchemaWithDirectives(schema));

/** One line for each thing of the first document that the second does not have in the same shape. */
function differences(contract: DocumentNode, actual: DocumentNode): string[] {
  const theirs = new Map([...factsOf(contract)]);
  const own = new Map([...factsOf(actual)]);
  return [...theirs].flatMap(([name, shape]) => {
    const found = own.get(name);
    if (found === shape) return [];
    return [found === undefined ? `${name} is missing` : `${name} should be ${shape} and is ${found}`];
  });
}

/** Every name of a document with its shape as text: kinds, types, arguments, defaults, directives. */
function* factsOf(document: DocumentNode): Generator<[string, string]> {
  for (const definition of document.definitions) yield* factsOfDefinition(definition);
}

function* factsOfDefinition(definition: DefinitionNode): Generator<[string, string]> {
  if (!('name' in definition) || definition.name === undefined) return;
  const name =
    definition.kind === Kind.DIRECTIVE_DEFINITION ? `@${definition.name.value}` : definition.name.value;
  yield [name, definition.kind];
  if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
    yield [`${name} on`, sorted(definition.locations)];
    yield* members(`${name} argument`, definition.arguments);
  } else if (definition.kind === Kind.ENUM_TYPE_DEFINITION) {
    for (const value of definition.values ?? []) yield [`${name}.${value.name.value}`, 'value'];
  } else if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
    yield [`${name} members`, sorted(definition.types)];
  } else if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
    yield* members(name, definition.fields);
  } else if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
    for (const field of definition.fields ?? []) {
      const place = `${name}.${field.name.value}`;
      yield [place, print(field.type)];
      yield [`${place} directives`, sorted(field.directives)];
      yield* members(`${place} argument`, field.arguments);
    }
  }
}

interface Member {
  name: { value: string };
  type: ASTNode;
  defaultValue?: ASTNode | undefined;
}

function* members(place: string, nodes: readonly Member[] = []): Generator<[string, string]> {
  for (const { name, type, defaultValue } of nodes) {
    yield [`${place}.${name.value}`, print(type) + (defaultValue ? ` = ${print(defaultValue)}` : '')];
  }
}

const sorted = (nodes: readonly ASTNode[] = []) =>
  nodes
    .map((node) => print(node))
    .sort()
    .join(' ');

test('the comparison finds what is missing and what has another shape', () => {
  const contract = parse(
    'type A { b(c: Int = 1): [ID!]! @x(y: 1) d: ID } enum E { F } union U = A directive @x(y: Int) on OBJECT',
  );
  const actual = parse(
    'type A { b(c: Int): [ID!] @x(y: 2) } enum E { G } directive @x(y: Int!) on OBJECT | FIELD',
  );
  expect(differences(contract, contract)).toEqual([]);
  expect(differences(contract, actual)).toEqual([
    'A.b should be [ID!]! and is [ID!]',
    'A.b directives should be @x(y: 1) and is @x(y: 2)',
    'A.b argument.c should be Int = 1 and is Int',
    'A.d is missing',
    'A.d directives is missing',
    'E.F is missing',
    'U is missing',
    'U members is missing',
    '@x on should be OBJECT and is FIELD OBJECT',
    '@x argument.y should be Int and is Int!',
  ]);
});

describe.skipIf(!present)('the contract', () => {
  test('is kept by the schema, name by name', async () => {
    const contract = parse(await readFile(path, 'utf8'));
    expect(contract.definitions.length).toBeGreaterThan(40);
    expect(differences(contract, ours)).toEqual(notYet);
  });

  // What the contract says in comments: "the same pair each, with their own scope", and the shape of connections.
  const resources = {
    Conversation: 'conversations',
    Interaction: 'interactions',
    PluginCall: 'plugin_calls',
    PluginResource: 'plugin_resources',
    User: 'users',
  };
  test.each(Object.entries(resources))('has %s by id and as a list, with its own scope', (type, scope) => {
    const one = type.charAt(0).toLowerCase() + type.slice(1);
    const guard = `@requiresScopes(scopes: [["${scope}:read"]])`;
    const pair = parse(`type Query { ${one}(id: ID!): ${type} ${guard}
      ${one}s(first: Int, after: String, last: Int, before: String): ${type}Connection! ${guard} }`);
    expect(differences(pair, ours)).toEqual([]);
  });

  const nodes = ['Credential', 'Account', 'AuditEvent', ...Object.keys(resources)];
  test.each(nodes)('has a connection of %s with edges, nodes, pageInfo, and totalCount', (type) => {
    const connection =
      parse(`type ${type}Connection { edges: [${type}Edge!]! nodes: [${type}!]! pageInfo: PageInfo! totalCount: Int! }
      type ${type}Edge { cursor: String! node: ${type}! }
      type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }`);
    expect(differences(connection, ours)).toEqual([]);
  });
});
