// The schema is the reference that people read in GraphiQL: everything in it says something of itself.

import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql';
import { expect, test } from 'vitest';
import { declaredOn, requirementOf } from '../../src/schema/authorization.ts';
import { schema } from '../../src/schema/index.ts';

type Field = GraphQLField<unknown, unknown>;
interface Part {
  name: string;
  text: string | null | undefined;
}

/** Everything in a schema that may have a description, with what it says. */
function partsOf(of: GraphQLSchema): Part[] {
  const types = Object.values(of.getTypeMap()).filter((type) => !isIntrospectionType(type));
  const directives = of.getDirectives().flatMap(({ name, description, args }) => {
    return [{ name: `@${name}`, text: description }, ...partsOfArguments(`@${name}`, args)];
  });
  return [...types.flatMap(partsOfType), ...directives];
}

function partsOfType(type: GraphQLNamedType): Part[] {
  const own = { name: type.name, text: type.description };
  return [own, ...membersOf(type).map(({ name, text }) => ({ name: `${type.name}.${name}`, text }))];
}

function membersOf(type: GraphQLNamedType): Part[] {
  if (isEnumType(type)) return type.getValues().map(({ name, description: text }) => ({ name, text }));
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map(({ name, description: text }) => ({ name, text }));
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    { name: field.name, text: ownWords(field) },
    ...partsOfArguments(field.name, field.args),
  ]);
}

const partsOfArguments = (owner: string, args: readonly GraphQLArgument[]): Part[] =>
  args.map(({ name, description }) => ({ name: `${owner}(${name})`, text: description }));

/** Without what is said of whom a field answers, which comes from its declaration. */
const ownWords = (field: Field) =>
  field.description?.replace(requirementOf(declaredOn(field) ?? {}), '').trim();

/** The input of a mutation: its type says of itself what it is, and of each field what that is. */
const saysEnoughByItsType = /^Mutation\.\w+\(input\)$/;

const silentParts = (of: GraphQLSchema): string[] =>
  partsOf(of)
    .filter(({ name, text }) => !text && !saysEnoughByItsType.test(name))
    .map(({ name }) => name);

test('every type, field, argument, input field, value, and directive has a description', () => {
  expect(partsOf(schema).length).toBeGreaterThan(700);
  expect(silentParts(schema)).toEqual([]);
});

test('whatever says nothing of itself is found', () => {
  const silent = buildSchema(`
    directive @silent(word: String) on FIELD
    type Query { field(argument: Wish): Kind }
    type Mutation { change(input: Wish, other: Int): Int }
    input Wish { part: Int }
    enum Kind { VALUE }
    "Says it." interface Loud { "Says it." field("Says it." argument: Int): Int }
  `);
  expect(silentParts(silent).sort()).toEqual([
    '@silent',
    '@silent(word)',
    'Kind',
    'Kind.VALUE',
    'Mutation',
    'Mutation.change',
    'Mutation.change(other)',
    'Query',
    'Query.field',
    'Query.field(argument)',
    'Wish',
    'Wish.part',
  ]);
});

test('a guarded field says whom it answers, and a field that is open says nothing of it', () => {
  const saying = (name: string, root = schema.getQueryType()) => root?.getFields()[name]?.description;
  expect(saying('users')).toMatch(/Needs the scope users:read\.$/);
  expect(saying('credentials')).toMatch(/Needs a Super Admin's session\.$/);
  expect(saying('viewer')).toMatch(/For any authenticated caller\.$/);
  expect(saying('signIn', schema.getMutationType())).not.toMatch(/Needs|For any/);
  expect(requirementOf({ requiresScopes: [['users:read', 'events:write'], ['interactions:read']] })).toBe(
    'Needs the scope users:read and events:write, or interactions:read.',
  );
});
