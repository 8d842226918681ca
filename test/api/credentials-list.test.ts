import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CreateCredentialDocument,
  CredentialsDocument,
  type CredentialsQueryVariables,
  RevokeCredentialDocument,
} from '../operations/documents.ts';
import { type Caller, createApiKey, createClient, pipeline, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let admin: Caller;
const names = ['Delta', 'alpha', 'Charlie 100%', 'bravo_1', 'Echo', 'bravo', 'Älpha'];
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  for (const [place, name] of names.entries()) {
    // Two share each moment, so that the id has to break the tie.
    if (place % 2 === 0) app.clock.advance(60);
    await admin.run(CreateCredentialDocument, {
      input: {
        name,
        scopes: place % 2 === 0 ? ['USERS'] : ['USERS', 'EVENTS'],
        authenticationType: place === 0 ? 'API_KEY' : 'OAUTH2_CLIENT_CREDENTIALS',
      },
    });
  }
});
afterAll(() => app.close());

const list = async (variables: CredentialsQueryVariables) =>
  (await admin.run(CredentialsDocument, variables)).credentials;
const namesOf = async (variables: CredentialsQueryVariables) =>
  (await list(variables)).nodes.map((node) => node.name);

test('newest first, counted when asked', async () => {
  const page = await list({ first: 2 });
  expect(page.nodes[0]?.name).toBe('Älpha');
  expect(page.totalCount).toBe(names.length);
  expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
});

test.each([
  { field: 'NAME', direction: 'ASC' },
  { field: 'NAME', direction: 'DESC' },
  { field: 'CREATED_AT', direction: 'ASC' },
  { field: 'LAST_USED_AT', direction: 'DESC' },
] as const)(
  'pages forward and backward through $field $direction, none twice, none missed',
  async (orderBy) => {
    const whole = await namesOf({ first: 100, orderBy });
    expect(whole.toSorted()).toEqual(names.toSorted());
    for (const size of [1, 3]) {
      const forward: string[] = [];
      for (let after: string | null | undefined; ; ) {
        const page = await list({ first: size, after: after ?? null, orderBy });
        forward.push(...page.nodes.map((node) => node.name));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }
      const backward: string[] = [];
      for (let before: string | null | undefined; ; ) {
        const page = await list({ last: size, before: before ?? null, orderBy });
        backward.unshift(...page.nodes.map((node) => node.name));
        before = page.pageInfo.startCursor;
        if (!page.pageInfo.hasPreviousPage) break;
      }
      expect(forward).toEqual(whole);
      expect(backward).toEqual(whole);
    }
  },
);

test('names are ordered bytewise in lower case, the same on every engine', async () => {
  const orderBy = { field: 'NAME', direction: 'ASC' } as const;
  expect(await namesOf({ first: 100, orderBy })).toEqual([
    'alpha',
    'bravo',
    'bravo_1',
    'Charlie 100%',
    'Delta',
    'Echo',
    'Älpha',
  ]);
});

test('search finds part of a name in any case, and treats % and _ as themselves', async () => {
  expect((await namesOf({ filter: { search: 'BRAVO' } })).toSorted()).toEqual(['bravo', 'bravo_1']);
  expect(await namesOf({ filter: { search: '_' } })).toEqual(['bravo_1']);
  expect(await namesOf({ filter: { search: '%' } })).toEqual(['Charlie 100%']);
  expect(await namesOf({ filter: { search: '\\' } })).toEqual([]);
  expect(await namesOf({ filter: { search: 'äLP' } })).toEqual(['Älpha']);
});

test('search finds a credential by its id and by the hint of its secret', async () => {
  const [node] = (await list({ filter: { search: 'delta' } })).nodes;
  expect(await namesOf({ filter: { search: node?.id ?? '' } })).toEqual(['Delta']);
  expect(await namesOf({ filter: { search: node?.secretHint ?? '' } })).toEqual(['Delta']);
});

test('filters narrow by type, scope, and status', async () => {
  expect(await namesOf({ filter: { authenticationType: 'API_KEY' } })).toEqual(['Delta']);
  expect(await namesOf({ filter: { scope: 'EVENTS' } })).toHaveLength(3);
  const { credential } = await createApiKey(admin);
  await admin.run(RevokeCredentialDocument, { input: { id: credential.id } });
  expect(await namesOf({ filter: { status: ['REVOKED'] } })).toEqual([credential.name]);
  expect(await namesOf({})).not.toContain(credential.name);
  expect(await namesOf({ filter: { status: ['ACTIVE', 'SUSPENDED', 'REVOKED'] } })).toHaveLength(
    names.length + 1,
  );
  expect(await namesOf({ filter: { status: ['SUSPENDED'] } })).toEqual([]);
  expect(await namesOf({ filter: { status: [] } })).toEqual([]);
});

test.each([0, -1, 201, 2 ** 31, 1.5, Number.MAX_SAFE_INTEGER])(
  'first: %d is refused with what to ask for',
  async (first) => {
    const reply = await admin.send(CredentialsDocument, { first });
    expect([reply.status, reply.errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  },
);

test('a cursor that is malformed, edited, or of another list or order is refused', async () => {
  const { endCursor } = (await list({ first: 1 })).pageInfo;
  const cursor = endCursor ?? '';
  const other = (await list({ first: 1, orderBy: { field: 'NAME', direction: 'ASC' } })).pageInfo.endCursor;
  const edited = `${cursor.slice(0, -1)}${cursor.endsWith('A') ? 'B' : 'A'}`;
  for (const after of [
    '',
    'x',
    edited,
    `${cursor}=`,
    other,
    cursor.slice(1),
    "'; drop table x",
    'é'.repeat(3000),
  ]) {
    const reply = await admin.send(CredentialsDocument, { first: 1, after });
    expect([after, reply.status, reply.errors[0]?.extensions.code]).toEqual([after, 400, 'BAD_USER_INPUT']);
  }
  expect((await admin.send(CredentialsDocument, { first: 1, last: 1 })).status).toBe(400);
  expect((await admin.send(CredentialsDocument, { first: 1, before: cursor })).status).toBe(400);
});

test('lastUsedAt follows use within a flush, without moving updatedAt', async () => {
  const client = await createClient(admin);
  app.clock.advance(10);
  await pipeline(app, client);
  const before = (await list({ filter: { search: client.clientId } })).nodes[0];
  expect(before?.lastUsedAt).toBeNull();
  await app.auth.credentialUse.flush();
  const after = (await list({ filter: { search: client.clientId } })).nodes[0];
  expect(Date.parse(after?.lastUsedAt ?? '')).toBeGreaterThan(Date.parse(client.credential.createdAt));
  expect(after?.updatedAt).toBe(client.credential.updatedAt);
});
