// Records that the database makes JSON of: the reply is the same, but for blanks, as when each field is resolved by itself.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnsOf, type DataResource, dataResources } from '../../src/db/data/resources.ts';
import { loadSample } from '../../src/db/data/sample.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import { Caller, createApiKey, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { camelCase, recordNames } from '../support/record-names.ts';
import { conversation, user } from '../support/records.ts';
import { readingRecords, watched } from '../support/statements.ts';

const details: Partial<Record<DataResource, string>> = {
  conversations:
    'type source domain campaignId campaignName usecaseId usecaseName ticketId channelId channelName content',
  interactions: 'content domain entity type detail resourceId fileTypes',
  plugin_resources: 'name snippet url domain externalResourceId source ticketType type',
};

/** Every field of a record, under aliases here and there, and in no order that a table has. */
const fieldsOf = (resource: DataResource) =>
  (columnsOf(resource) as string[])
    .toReversed()
    .map((column) => {
      if (column === 'detail') return `detail { kind: __typename ${details[resource]} }`;
      if (column === 'external_ids') return 'externalIds { source name: connectorName externalId }';
      return column.endsWith('id') ? `the_${column}: ${camelCase(column)}` : camelCase(column);
    })
    .join(' ');

const awkward =
  '"quoted" \\ back\\nslash \u0001\u001f\u007f\t\r\n </script> \u2028\u2029 é 漢字 🗝️ {"json":[1]}';

let app: TestApp;
let twin: Awaited<ReturnType<typeof watched>>;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  const until = new Date('2026-06-01T00:00:00.000Z');
  const now = app.clock.now();
  await loadSample(app.db, app.organization.id, { seed: 11, conversations: 30, days: 6, until, now });
  const { id } = app.organization;
  await upsertRecords(
    app.db,
    id,
    'conversations',
    [
      conversation({ id: 'awkward', route: awkward, detail: { content: awkward, ticket_id: null } }),
      conversation({ id: 'empty-detail', detail: {}, created_time: '0001-01-01T00:00:00.000Z' }),
      conversation({
        id: 'late',
        created_time: '9999-12-31T23:59:59.999Z',
        last_updated_time: '2026-02-01T06:00:00.120Z',
      }),
    ],
    now,
  );
  await upsertRecords(
    app.db,
    id,
    'users',
    [
      user({ id: 'no-identities', external_ids: [] }),
      user({ id: 'null-identities', external_ids: null, first_name: awkward }),
      user({
        id: 'many',
        external_ids: [{ source: awkward }, { connector_name: null, external_id: '1' }, {}],
      }),
    ],
    now,
  );
  twin = await watched(app);
  admin = new Caller(twin, (await signedIn(app)).authorization);
});
afterAll(async () => {
  await twin.close();
  await app.close();
});

/** The reply as it was sent, and whether the database made JSON of records for it. */
async function replyTo(query: string, variables: object = {}): Promise<{ body: string; texts: boolean }> {
  twin.statements.length = 0;
  const response = await fetch(`${twin.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: String(admin.authorization) },
    body: JSON.stringify({ query, variables }),
  });
  const texts = readingRecords(twin.statements).some(({ sql }) => sql.includes('as "json"'));
  return { body: await response.text(), texts };
}

/** Two lists of one connection are resolved field by field. */
const resolved = (query: string) =>
  query.replaceAll(/\b(?:\w+: )?(?:nodes|edges)(?= \{)/g, (list) => `twice: nodes { __typename } ${list}`);
/** A reply without what was added. */
const asAsked = (body: string) =>
  JSON.stringify(JSON.parse(body, (key, value) => (key === 'twice' ? undefined : value)));

async function expectSame(query: string) {
  const [text, fields] = [await replyTo(query), await replyTo(resolved(query))];
  expect([text.texts, fields.texts]).toEqual([true, false]);
  const [got, expected] = [text, fields].map(({ body }) => asAsked(body)) as [string, string];
  // A window on the difference: whole replies would fill the screen.
  const at = [...got].findIndex((character, i) => character !== expected[i]);
  expect(got.slice(at - 60, at + 60)).toBe(expected.slice(at - 60, at + 60));
  expect(got.length).toBe(expected.length);
  expect(JSON.parse(text.body).errors).toBeUndefined();
}

describe.each(dataResources)('%s', (resource) => {
  const { many } = recordNames[resource];
  const orders =
    resource === 'users' ? ['LAST_UPDATED_TIME', 'ID'] : ['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID'];

  it.each(orders.flatMap((field) => ['ASC', 'DESC'].map((direction) => [field, direction])))(
    'by %s %s: as when each field is resolved',
    async (field, direction) => {
      const list = `${many}(orderBy: { field: ${field}, direction: ${direction} }`;
      await expectSame(
        `{ ${list}, first: 400) { nodes { ${fieldsOf(resource)} } pageInfo { endCursor hasNextPage } } }`,
      );
      await expectSame(
        `{ all: ${list}, last: 3) { pageInfo { startCursor } list: edges { at: cursor __typename it: node { ${fieldsOf(resource)} } } totalCount } }`,
      );
    },
  );

  it('an empty list is an empty list', async () => {
    await expectSame(`{ ${many}(filter: { id: { in: [] } }) { nodes { id } } }`);
  });
});

const nested: [string, string][] = [
  [
    'lists that hang on records',
    `{ conversations(first: 5) { nodes { id
      interactions(first: 2) { totalCount nodes { ${fieldsOf('interactions')} } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } }
      calls: pluginCalls { edges { at: cursor __typename node { ${fieldsOf('plugin_calls')} } } } route } } }`,
  ],
  [
    'lists in lists in lists, read backward and in other orders',
    `{ conversations(last: 7) { edges { cursor node { id __typename
      interactions(last: 3, orderBy: { field: ID, direction: DESC }) { __typename nodes { id
        pluginCalls(first: 2, orderBy: { field: LAST_UPDATED_TIME, direction: ASC }) { totalCount nodes { used
          pluginResources(filter: { cited: false }) { nodes { id detail { name } } pageInfo { hasNextPage } } } } } } } } } }`,
  ],
  [
    'neighbours, and their neighbours, where there are none too',
    `{ interactions(first: 40) { nodes { id user { id firstName externalIds { source } conversations(first: 2) { totalCount nodes { id } } }
      parent { id type parent { id } conversation { route user { lastName } } } } } pluginResources(first: 40) { nodes { pluginCall { pluginName } cited } } }`,
  ],
  [
    'counts alone',
    '{ users(first: 9) { nodes { id conversations { totalCount } interactions { __typename } } } }',
  ],
  [
    'a sync',
    '{ interactions(first: 9, orderBy: { field: LAST_UPDATED_TIME, direction: ASC }) { nodes { id user { id } } pageInfo { endCursor } } }',
  ],
];

it.each(nested)('%s', async (_what, query) => {
  await expectSame(query);
});

it('arguments that come as variables', async () => {
  const query = `query ($n: Int = 2, $filter: InteractionFilter) { conversations(first: 6) { nodes { id interactions(first: $n, filter: $filter) { nodes { id type } } } } }`;
  const variables = { filter: { actor: { eq: 'BOT' }, createdTime: { gte: '2026-05-01T00:00:00Z' } } };
  const [text, fields] = [await replyTo(query, variables), await replyTo(resolved(query), variables)];
  expect([text.texts, fields.texts]).toEqual([true, false]);
  expect(JSON.parse(text.body)).toEqual(JSON.parse(asAsked(fields.body)));
  expect(text.body).toContain('INTERACTION_TYPE_BOT_MESSAGE');
});

it('one query with filters of every form, places, and lengths, one after another', async () => {
  const query = `query ($filter: InteractionFilter, $n: Int, $after: String) {
    interactions(filter: $filter, first: $n, after: $after) { nodes { id type } pageInfo { endCursor } } }`;
  const { body } = await replyTo('{ interactions { nodes { id } pageInfo { startCursor endCursor } } }');
  const { nodes, pageInfo } = JSON.parse(body).data.interactions;
  const ids = nodes.map(({ id }: { id: string }) => id);
  const filters = [
    ...[ids[3], ids[40]].map((id) => ({ id: { eq: id } })),
    ...[[ids[1]], [ids[70], ids[2]], []].map((in_) => ({ id: { in: in_ } })),
    ...[true, false].map((isNull) => ({ parentInteractionId: { isNull } })),
    ...['BOT', 'USER'].map((eq) => ({ actor: { eq }, createdTime: { gte: '2026-05-29T00:00:00Z' } })),
    ...['2026-05-28', '2026-05-30'].map((day) => ({
      createdTime: { lt: `${day}T00:00:00Z`, gt: '2026-05-27T00:00:00Z' },
    })),
    { label: { isNull: true, eq: 'handoff' } },
    null,
  ];
  const places = [{ n: 5 }, { n: 80 }, { n: 80, after: pageInfo.startCursor }, { after: pageInfo.endCursor }];
  const found = new Set<string>();
  for (const variables of filters.flatMap((filter) => places.map((place) => ({ filter, ...place })))) {
    const [text, fields] = [await replyTo(query, variables), await replyTo(resolved(query), variables)];
    expect(text.texts).toBe(true);
    expect(JSON.parse(text.body)).toEqual(JSON.parse(asAsked(fields.body)));
    found.add(text.body);
  }
  expect(found.size).toBeGreaterThan(filters.length);
});

it('fragments, and fields that are named twice', async () => {
  await expectSame(`
    query { conversations(first: 3) { ...Page nodes { id detail { content } } } }
    fragment Page on ConversationConnection { nodes { ... on Conversation { id again: id ...One } } }
    fragment One on Conversation { detail { content type content } route }`);
});

it('a page whose values hold what stands between values is read once more, and as it should be', async () => {
  const { body } = await replyTo('{ conversations(filter: { route: { eq: "DM" } }) { nodes { id route } } }');
  expect(readingRecords(twin.statements)).toHaveLength(1);
  expect(JSON.parse(body).data.conversations.nodes[0].route).toBe('DM');
  const { body: odd } = await replyTo(
    '{ conversations(filter: { id: { eq: "awkward" } }) { nodes { id route } } }',
  );
  expect(readingRecords(twin.statements)).toHaveLength(2);
  expect(JSON.parse(odd).data.conversations.nodes).toEqual([{ id: 'awkward', route: awkward }]);
});

it.each([
  ['two lists of one connection', '{ conversations { a: nodes { id } b: nodes { route } } }'],
  ['edges beside nodes', '{ conversations { nodes { id } edges { node { route } } } }'],
  ['two nodes of one edge', '{ conversations { edges { a: node { id } b: node { route } } } }'],
])('%s: each field is resolved', async (_what, query) => {
  const { texts, body } = await replyTo(query);
  expect(texts).toBe(false);
  expect(JSON.parse(body)).toEqual({ data: expect.anything() });
});

const byCondition = `query ($yes: Boolean!, $no: Boolean = false) { conversations(first: 2) {
  nodes { id route @include(if: $no) ... @skip(if: $no) { primaryDomain } ...Who @include(if: $yes) detail { content @skip(if: $yes) } }
} } fragment Who on Conversation { user @include(if: true) { id @skip(if: true) firstName } }`;

it('what is there by condition is read as text, and nothing else is there', async () => {
  const asked = (nodes: string) => replyTo(`{ conversations(first: 2) { nodes { ${nodes} } } }`);
  for (const [variables, nodes] of [
    [{ yes: true }, 'id primaryDomain user { firstName } detail { nothing: content }'],
    [{ yes: false, no: true }, 'id route detail { content }'],
    [{ yes: true, no: false }, 'id primaryDomain user { firstName } detail { nothing: content }'],
  ] as const) {
    const [{ texts, body }, expected] = [await replyTo(byCondition, variables), await asked(nodes)];
    expect(texts).toBe(true);
    const withoutNothing = (key: string, value: unknown) => (key === 'nothing' ? undefined : value);
    expect(JSON.parse(body)).toEqual(JSON.parse(expected.body, withoutNothing));
  }
});

it('conditions that are no booleans are refused, and null says what to do', async () => {
  const codeFor = async (variables: object) =>
    JSON.parse((await replyTo(byCondition, variables)).body).errors[0];
  expect(await codeFor({})).toMatchObject({ message: expect.stringContaining('$yes') });
  expect(await codeFor({ yes: 'yes' })).toMatchObject({ message: expect.stringContaining('$yes') });
  expect(await codeFor({ yes: true, no: null })).toMatchObject({
    message: 'The variable $no decides what is in the reply, and is null. Give true or false.',
    extensions: { code: 'BAD_USER_INPUT' },
  });
});

it.each([
  '{ conversations { nodes { id interactions(first: 101) { nodes { id } } } } }',
  '{ conversations { nodes { id interactions(after: "abc") { nodes { id } } } } }',
  '{ conversations(after: "abc") { nodes { id } } }',
])('what is wrong is said as ever: %s', async (query) => {
  const { body } = await replyTo(query);
  const [error] = JSON.parse(body).errors;
  expect(error.extensions.code).toBe('BAD_USER_INPUT');
  expect(error.path[0]).toBe('conversations');
});

it('a key may be as long as an alias may be', async () => {
  const key = 'k'.repeat(100);
  const { texts, body } = await replyTo(`{ conversations(first: 1) { nodes { ${key}: route } } }`);
  expect(texts).toBe(true);
  expect(Object.keys(JSON.parse(body).data.conversations.nodes[0])).toEqual([key]);
});

it.each([
  [
    'a page of which nothing but its ends is asked for',
    'interactions(first: 1) { pageInfo { hasNextPage endCursor } }',
  ],
  [
    'its ends beside its length',
    'interactions(first: 1) { totalCount pageInfo { hasNextPage startCursor } }',
  ],
])('%s is read all the same', async (_name, connection) => {
  const query = (inside: string) => `{ conversations(first: 5) { nodes { id ${inside} } } }`;
  const { body } = await replyTo(query(connection));
  const { body: withNodes } = await replyTo(query(connection.replace('{ ', '{ nodes { id } ')));
  type Ends = { interactions: { nodes?: unknown; pageInfo: { hasNextPage: boolean } } };
  const nodesOf = (text: string): Ends[] => JSON.parse(text).data.conversations.nodes;
  const expected = nodesOf(withNodes).map(({ interactions: { nodes: _, ...ends }, ...rest }) => ({
    ...rest,
    interactions: ends,
  }));
  expect(nodesOf(body)).toEqual(expected);
  expect(expected.some(({ interactions }) => interactions.pageInfo.hasNextPage)).toBe(true);
});

it('a field may be called toJSON', async () => {
  const { body } = await replyTo(
    '{ toJSON: conversations(first: 2) { toJSON: totalCount nodes { toJSON: id } } }',
  );
  const { body: plain } = await replyTo('{ conversations(first: 2) { totalCount nodes { id } } }');
  const { toJSON: list } = JSON.parse(body).data;
  const { conversations } = JSON.parse(plain).data;
  expect(list.toJSON).toBe(conversations.totalCount);
  expect(list.nodes.map((node: { toJSON: string }) => node.toJSON)).toEqual(
    conversations.nodes.map((node: { id: string }) => node.id),
  );
});

it('what a guard keeps out of a list of neighbours is not in its text either', async () => {
  const { apiKey } = await createApiKey(admin, ['CONVERSATIONS']);
  const response = await fetch(`${twin.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ query: '{ conversations { nodes { id user { id } } } }' }),
  });
  expect(response.status).toBe(403);
  expect(await response.json()).not.toHaveProperty('data');
});
