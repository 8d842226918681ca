// Each root field for each kind of caller. What is expected stands in a table written by hand; a root field that is not
// in it fails.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import { type Caller, type Reply, signedIn } from '../support/actors.ts';
import { issuer, startApp, type TestApp } from '../support/app.ts';
import { kindsOfCallers, type Standing } from '../support/kinds-of-callers.ts';
import { type Access, mutations, queries, scopeValueOf } from '../support/root-fields.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
});
afterAll(() => app.close());

const rootFields = [
  { kind: 'query', type: schema.getQueryType(), table: queries },
  { kind: 'mutation', type: schema.getMutationType(), table: mutations },
] as const;

/** The fields of the tables that the schema has, in the order of the tables. */
const present = rootFields.flatMap(({ kind, type, table }) =>
  Object.entries(table)
    .filter(([name]) => type?.getFields()[name] !== undefined)
    .map(([name, field]) => ({ name: `${kind} ${name}`, operation: `${kind} { ${field.text} }`, ...field })),
);

type Verdict = { status: 200 } | { status: 401; challenge: string } | { status: 403; missing: string[] };

/** What the table says of a caller. */
function verdict(standing: Standing, access: Access): Verdict {
  if (standing === 'bad') return { status: 401, challenge: 'Bearer realm="latchkey", error="invalid_token"' };
  if (access === 'public') return { status: 200 };
  if (standing === 'anonymous') return { status: 401, challenge: 'Bearer realm="latchkey"' };
  if (access === 'authenticated' || standing === 'superAdmin') return { status: 200 };
  if (access === 'person') return standing === 'member' ? { status: 200 } : { status: 403, missing: [] };
  if (access === 'superAdmin') return { status: 403, missing: [] };
  const held = standing === 'member' ? [] : standing.scopes.map((scope) => scopeValueOf[scope]);
  return held.includes(access) ? { status: 200 } : { status: 403, missing: [access] };
}

const resourceMetadata = `${issuer}/.well-known/oauth-protected-resource/graphql`;

function expectVerdict(reply: Reply<unknown>, wanted: Verdict, what: string): void {
  const codes = reply.errors.map((error) => error.extensions.code);
  if (wanted.status === 200) {
    expect({ what, status: reply.status, codes }).toEqual({ what, status: 200, codes: [] });
    expect(reply.data, what).toBeTruthy();
    return;
  }
  const code = wanted.status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN';
  expect({ what, status: reply.status, codes }).toEqual({ what, status: wanted.status, codes: [code] });
  expect(reply.data, `${what}: no data key`).toBeUndefined();
  const missing = wanted.status === 403 ? wanted.missing : [];
  expect(reply.errors[0]?.extensions.missingScopes ?? [], what).toEqual(missing);
  const insufficient = `Bearer realm="latchkey", error="insufficient_scope", scope="${missing.join(' ')}"`;
  const challenge = wanted.status === 401 ? wanted.challenge : missing.length > 0 ? insufficient : null;
  const whole = challenge && `${challenge}, resource_metadata="${resourceMetadata}"`;
  expect(reply.headers.get('www-authenticate'), what).toBe(whole);
}

/** Refused by what it was given, not by who it is: a sign-in or a token request without a live secret. */
const wrongInput: Record<string, string> = { 'mutation clientCredentialsToken': 'INVALID_CLIENT' };

test('the table has every root field of the schema', () => {
  for (const { kind, type, table } of rootFields) {
    const missing = Object.keys(type?.getFields() ?? {}).filter((name) => !(name in table));
    expect(missing, `${kind} fields without an expectation`).toEqual([]);
  }
  expect(schema.getSubscriptionType()).toBeUndefined();
});

describe('each root field', () => {
  test.each(kindsOfCallers)(
    'is refused or allowed to $name as the table says',
    async ({ standing, make }) => {
      const caller = await make(app, admin);
      for (const { name, operation, access } of present) {
        const reply = await caller.send(operation);
        const wanted = verdict(standing, access);
        const refusal = wanted.status === 200 ? wrongInput[name] : undefined;
        if (refusal) expect(reply.errors[0]?.extensions.code, name).toBe(refusal);
        else expectVerdict(reply, wanted, name);
      }
      if (caller.app !== app) await caller.app.close();
    },
  );
});

const spellings: Record<string, (kind: string, text: string) => { query: string; variables?: object }> = {
  'an alias': (kind, text) => ({ query: `${kind} { harmless: ${text} }` }),
  'an inline fragment': (kind, text) => ({ query: `${kind} { ... { ... on ${rootOf(kind)} { ${text} } } }` }),
  'a named fragment': (kind, text) => ({
    query: `${kind} { ...Outer } fragment Outer on ${rootOf(kind)} { ...Inner } fragment Inner on ${rootOf(kind)} { ${text} }`,
  }),
  '@include with a variable': (kind, text) => ({
    query: `${kind} Included($x: Boolean!) { ... @include(if: $x) { ${text} } }`,
    variables: { x: true },
  }),
  'a condition that leaves it out': (kind, text) => ({
    query: `${kind} LeftOut($x: Boolean!) { __typename ... @skip(if: $x) { ${text} } }`,
    variables: { x: true },
  }),
  'a field beside it that is permitted': (kind, text) => ({
    query:
      kind === 'query' ? `{ viewer { organization { id } } ${text} }` : `mutation { __typename ${text} }`,
  }),
};
const rootOf = (kind: string) => (kind === 'query' ? 'Query' : 'Mutation');

describe('a guarded root field', () => {
  const guarded = present.filter(
    ({ access }) => access !== 'public' && access !== 'authenticated' && access !== 'person',
  );
  const callers = kindsOfCallers.filter(({ name }) =>
    [
      'an anonymous caller',
      'an API key with the scope EVENTS',
      'an access token with the scope USERS',
    ].includes(name),
  );

  test.each(callers)('reached any other way is the same to $name', async ({ standing, make }) => {
    expect(callers).toHaveLength(3);
    const caller = await make(app, admin);
    for (const { name, text, access } of guarded) {
      for (const [way, spell] of Object.entries(spellings)) {
        const { query, variables } = spell(name.split(' ')[0] ?? '', text);
        expectVerdict(await caller.send(query, variables), verdict(standing, access), `${name} by ${way}`);
      }
    }
  });

  test('counts only in the operation that is named', async () => {
    const caller = await make('an API key with the scope USERS');
    const document = 'query Mine { viewer { scopes { value } } } query Theirs { credentials { totalCount } }';
    const run = (operationName: string) =>
      fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: caller.authorization ?? '' },
        body: JSON.stringify({ query: document, operationName }),
      });
    expect((await run('Mine')).status).toBe(200);
    expect((await run('Theirs')).status).toBe(403);
  });

  test('names every missing scope of the operation at once', async () => {
    const fields = present.filter(({ access }) => access.endsWith(':read'));
    if (fields.length === 0) return;
    const caller = await make('an API key with the scope EVENTS');
    const reply = await caller.send(`{ ${fields.map(({ text }) => text).join(' ')} }`);
    const missing = [...new Set(fields.map(({ access }) => access as string))].sort();
    expectVerdict(reply, { status: 403, missing }, 'all Data API lists');
  });
});

async function make(name: string): Promise<Caller> {
  const kind = kindsOfCallers.find((candidate) => candidate.name === name);
  if (!kind) throw new Error(`there is no kind of caller called ${name}`);
  return kind.make(app, admin);
}
