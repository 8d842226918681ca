// No field is open by omission: the built schema is walked, and whatever says nothing about who may use it fails here.

import { readFile } from 'node:fs/promises';
import SchemaBuilder from '@pothos/core';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import {
  type ConstDirectiveNode,
  execute,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isObjectType,
  isRequiredArgument,
  Kind,
  parse,
  valueFromASTUntyped,
} from 'graphql';
import { expect, test } from 'vitest';
import { anonymous } from '../../src/auth/principal.ts';
import { AppError } from '../../src/errors.ts';
import { type Authorization, declaredOn, directivesOf } from '../../src/schema/authorization.ts';
import { schema } from '../../src/schema/index.ts';
import { isScopeValue } from '../../src/scopes.ts';

type Part = GraphQLField<unknown, unknown> | GraphQLObjectType;

const objectTypes = (of: GraphQLSchema): GraphQLObjectType[] =>
  Object.values(of.getTypeMap()).filter(
    (type) => isObjectType(type) && !type.name.startsWith('__'),
  ) as GraphQLObjectType[];

const rootTypes = (of: GraphQLSchema) => [of.getQueryType(), of.getMutationType(), of.getSubscriptionType()];

/** What is wrong with the authorisation that a schema declares, one line each. */
function problemsOf(of: GraphQLSchema): string[] {
  return objectTypes(of).flatMap((type) => {
    const isRoot = rootTypes(of).includes(type);
    const ofFields = Object.values(type.getFields()).flatMap((field) => {
      const name = `${type.name}.${field.name}`;
      if (declaredOn(field)) return unsound(name, field);
      if (isRoot) return [`${name} is a root field and declares nothing itself`];
      return declaredOn(type)
        ? unsound(name, field)
        : [`${name} declares nothing, and neither does its type`];
    });
    return [
      ...unsound(type.name, type),
      ...ofFields,
      ...(isObjectType(type) ? connectionProblems(type) : []),
    ];
  });
}

/** A declaration that is there and means nothing, and options by which scope-auth would pass over one. */
function unsound(name: string, part: Part): string[] {
  const options = (part.extensions.pothosOptions ?? {}) as Record<string, unknown>;
  const loopholes = ['skipTypeScopes', 'skipInterfaceScopes', 'grantScopes'].filter(
    (option) => options[option],
  );
  const problems = loopholes.map((option) => `${name} has a way around its declaration: ${option}`);
  const declared: unknown = options.authScopes;
  if (declared === undefined) return problems;
  return declaresSomething(declared)
    ? problems
    : [...problems, `${name} declares nothing that can be enforced`];
}

function declaresSomething(declared: unknown): boolean {
  if (typeof declared !== 'object' || declared === null) return false;
  const { public: open, authenticated, superAdmin, requiresScopes, ...others } = declared as Authorization;
  const kinds = [open, authenticated, superAdmin, requiresScopes].filter((kind) => kind !== undefined);
  if (Object.keys(others).length > 0 || kinds.length === 0 || (open && kinds.length > 1)) return false;
  const flags = [open, authenticated, superAdmin].every((flag) => flag === undefined || flag === true);
  const scopes = requiresScopes ?? [['users:read']];
  return flags && scopes.length > 0 && scopes.every((all) => all.length > 0 && all.every(isScopeValue));
}

/** A connection or edge must be guarded as its node is: an empty list of a protected type passes scope-auth. */
function connectionProblems(type: GraphQLObjectType): string[] {
  const field = type.getFields().nodes ?? type.getFields().node;
  const node = field && getNamedType(field.type);
  if (!/(?:Connection|Edge)$/.test(type.name) || !isObjectType(node)) return [];
  const [own, ofNode] = [declaredOn(type), declaredOn(node)];
  if (ofNode === undefined || ofNode.public) return [];
  return JSON.stringify(own) === JSON.stringify(ofNode)
    ? []
    : [`${type.name} is not guarded as ${node.name} is`];
}

test('every field of every type says who may use it, on itself or on its type', () => {
  expect(objectTypes(schema).length).toBeGreaterThan(20);
  expect(problemsOf(schema)).toEqual([]);
});

test('a field that says nothing, or nothing that can be enforced, is found', () => {
  const builder = new SchemaBuilder<{
    AuthScopes: { public: boolean; superAdmin: boolean; requiresScopes: string[][] };
  }>({
    plugins: [ScopeAuthPlugin],
    scopeAuth: { authScopes: () => ({ public: true, superAdmin: false, requiresScopes: () => false }) },
  });
  const Safe = builder.objectRef<object>('Safe').implement({
    authScopes: { superAdmin: true },
    fields: (t) => ({
      combination: t.string({ resolve: () => 'secret' }),
      drawer: t.string({ skipTypeScopes: true, resolve: () => 'open' }),
    }),
  });
  const SafeConnection = builder.objectRef<object>('SafeConnection').implement({
    authScopes: { public: true },
    fields: (t) => ({ nodes: t.field({ type: [Safe], resolve: () => [] }) }),
  });
  const Forgotten = builder.objectRef<object>('Forgotten').implement({
    fields: (t) => ({ word: t.string({ resolve: () => 'secret' }) }),
  });
  builder.queryType({
    authScopes: { superAdmin: true },
    fields: (t) => ({
      guarded: t.field({ type: SafeConnection, authScopes: { superAdmin: true }, resolve: () => ({}) }),
      forgotten: t.field({ type: Forgotten, resolve: () => ({}) }),
      empty: t.string({ authScopes: {}, resolve: () => '' }),
      anyScope: t.string({ authScopes: { requiresScopes: [[]] }, resolve: () => '' }),
      unknownScope: t.string({ authScopes: { requiresScopes: [['users:write']] }, resolve: () => '' }),
      denied: t.string({ authScopes: { superAdmin: false }, resolve: () => '' }),
    }),
  });
  expect(problemsOf(builder.toSchema()).sort()).toEqual([
    'Forgotten.word declares nothing, and neither does its type',
    'Query.anyScope declares nothing that can be enforced',
    'Query.denied declares nothing that can be enforced',
    'Query.empty declares nothing that can be enforced',
    'Query.forgotten is a root field and declares nothing itself',
    'Query.unknownScope declares nothing that can be enforced',
    'Safe.drawer has a way around its declaration: skipTypeScopes',
    'SafeConnection is not guarded as Safe is',
  ]);
});

test('the SDL prints as directives what is enforced, and nothing else', async () => {
  const sdl = parse(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const printed = new Map<string, object>();
  for (const definition of sdl.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    printed.set(definition.name.value, directivesIn(definition.directives));
    for (const field of definition.fields ?? []) {
      printed.set(`${definition.name.value}.${field.name.value}`, directivesIn(field.directives));
    }
  }
  const enforced = objectTypes(schema).flatMap((type) => [
    [type.name, directivesOf(declaredOn(type) ?? {})] as const,
    ...Object.values(type.getFields()).map(
      (field) => [`${type.name}.${field.name}`, directivesOf(declaredOn(field) ?? {})] as const,
    ),
  ]);
  expect(Object.fromEntries([...printed].sort())).toEqual(Object.fromEntries([...enforced].sort()));
});

function directivesIn(directives: readonly ConstDirectiveNode[] = []): object {
  return Object.fromEntries(
    directives.map(({ name, arguments: given = [] }) => [
      name.value,
      Object.fromEntries(given.map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)])),
    ]),
  );
}

// The whole operation is checked before it runs; here that first wall is left out, and the second must stand alone.
test('each guarded root field refuses by itself, without the check of the whole operation', async () => {
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      if (declaredOn(field)?.public) continue;
      const { errors, data } = await execute({
        schema,
        document: parse(minimalOperation(root === schema.getQueryType() ? 'query' : 'mutation', field)),
        contextValue: { principal: anonymous },
        variableValues: { id: 'nothing', input: placeholderFor(field), range: aDay },
      });
      expect(data?.[field.name] ?? null, field.name).toBeNull();
      expect(errors?.map(codeOf), field.name).toEqual(['UNAUTHENTICATED']);
    }
  }
});

const codeOf = (error: GraphQLError) =>
  error.originalError instanceof AppError ? error.originalError.code : error.message;

function minimalOperation(kind: string, field: GraphQLField<unknown, unknown>): string {
  const required = field.args.filter(isRequiredArgument);
  const variables = required.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const given = required.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const selection = isCompositeType(getNamedType(field.type)) ? '{ __typename }' : '';
  return `${kind} ${variables && `(${variables})`} { ${field.name} ${given && `(${given})`} ${selection} }`;
}

const aDay = { from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' };

const placeholders: Record<string, object> = {
  createCredential: { name: 'Key', scopes: ['USERS'] },
  addCredentialKey: { credentialId: 'nothing', jwk: {} },
  removeCredentialKey: { credentialId: 'nothing', kid: 'nothing' },
  createAccount: { kind: 'SERVICE_ACCOUNT', name: 'Robot' },
  changePassword: { currentPassword: 'nothing', newPassword: 'nothing' },
  changeAccountRole: { id: 'nobody', role: 'MEMBER' },
};
const placeholderFor = (field: GraphQLField<unknown, unknown>) =>
  placeholders[field.name] ?? { id: 'nothing' };
