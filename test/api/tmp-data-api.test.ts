import '../../src/schema/data/conversation.ts';
import '../../src/schema/data/interaction.ts';
import '../../src/schema/data/plugin-call.ts';
import '../../src/schema/data/plugin-resource.ts';
import '../../src/schema/data/user.ts';
// The Data API's records over GraphQL: by id and in lists, each under its own scope, each tenant by itself.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnsOf, type DataResource, dataResources } from '../../src/db/data/resources.ts';
import { loadSample, type SampleRecord, sampleRecords } from '../../src/db/data/sample.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import type { ScopeName } from '../../src/scopes.ts';
import { anybody, type Caller, createApiKey, createClient, pipeline, signedIn } from '../support/actors.ts';
import { addOrganization, startApp, type TestApp } from '../support/app.ts';
import { conversation } from '../support/records.ts';

const api = {
  conversations: { one: 'conversation', many: 'conversations', scope: 'CONVERSATIONS' },
  interactions: { one: 'interaction', many: 'interactions', scope: 'INTERACTIONS' },
  plugin_calls: { one: 'pluginCall', many: 'pluginCalls', scope: 'PLUGIN_CALLS' },
  plugin_resources: { one: 'pluginResource', many: 'pluginResources', scope: 'PLUGIN_RESOURCES' },
  users: { one: 'user', many: 'users', scope: 'USERS' },
} as const satisfies Record<DataResource, { one: string; many: string; scope: ScopeName }>;

const detailKeys: Partial<Record<DataResource, string[]>> = {
  conversations: [
    'type',
    'source',
    'domain',
    'campaign_id',
    'campaign_name',
    'usecase_id',
    'usecase_name',
    'ticket_id',
    'channel_id',
    'channel_name',
    'content',
  ],
  interactions: ['content', 'domain', 'entity', 'type', 'detail', 'resource_id', 'file_types'],
  plugin_resources: [
    'name',
    'snippet',
    'url',
    'domain',
    'external_resource_id',
    'source',
    'ticket_type',
    'type',
  ],
};
const identityKeys = ['connector_name', 'external_id', 'source'];

const camelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function selectionOf(resource: DataResource): string {
  const inside: Record<string, string[] | undefined> = {
    detail: detailKeys[resource],
    external_ids: identityKeys,
  };
  return columnsOf(resource)
    .map(
      (column) =>
        camelCase(column) + (inside[column] ? ` { ${inside[column].map(camelCase).join(' ')} }` : ''),
    )
    .join(' ');
}

/** A stored record as the API should show it: camelCase, every key of an object there, the actor an enum. */
function shown(resource: DataResource, record: object): Record<string, unknown> {
  const fill = (keys: readonly string[] | undefined, value: unknown) =>
    value && keys
      ? Object.fromEntries(
          keys.map((key) => [camelCase(key), (value as Record<string, unknown>)[key] ?? null]),
        )
      : value;
  const entries = Object.entries(record).map(([key, value]) => {
    if (key === 'detail') return ['detail', fill(detailKeys[resource], value)];
    if (key === 'external_ids')
      return ['externalIds', value?.map((identity: unknown) => fill(identityKeys, identity)) ?? null];
    return [camelCase(key), key === 'actor' ? String(value).toUpperCase() : value];
  });
  return Object.fromEntries(entries);
}

let app: TestApp;
let admin: Caller;
let stored: SampleRecord[];
const recordsOf = (resource: DataResource) =>
  stored.flatMap((sample) => (sample.resource === resource ? [sample.record] : []));

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  const size = { seed: 5, conversations: 40, days: 6, until: new Date('2026-06-01T00:00:00.000Z') };
  stored = [...sampleRecords(size)];
  await loadSample(app.db, app.organization.id, { ...size, now: app.clock.now() });
});
afterAll(() => app.close());

const keyFor = async (...scopes: ScopeName[]): Promise<Caller> => {
  const { apiKey } = await createApiKey(admin, scopes);
  return pipelineWith(apiKey);
};
const pipelineWith = (apiKey: string) => Object.assign(anybody(app), { authorization: `Bearer ${apiKey}` });

describe.each(dataResources)('%s', (resource) => {
  const { one, many, scope } = api[resource];

  it('are read with their scope, every field as it was stored', async () => {
    const key = await keyFor(scope);
    const query = `{ ${many}(first: 1000) { totalCount nodes { ${selectionOf(resource)} } } }`;
    const data = await key.run<Record<string, { totalCount: number; nodes: { id: string }[] }>, never>(query);
    const expected = recordsOf(resource).map((record) => shown(resource, record));
    const byId = (a: { id?: unknown }, b: { id?: unknown }) => (String(a.id) < String(b.id) ? -1 : 1);
    expect(data[many]?.totalCount).toBe(expected.length);
    expect(data[many]?.nodes.toSorted(byId)).toEqual(expected.toSorted(byId).slice(0, 1000));
  });

  it('are read one by one, and null for an id that is not there', async () => {
    const key = await keyFor(scope);
    const record = recordsOf(resource)[0];
    const query = `query ($id: ID!) { found: ${one}(id: $id) { ${selectionOf(resource)} } none: ${one}(id: "-") { id } }`;
    const data = await key.run(query, { id: record?.id });
    expect(data).toEqual({ found: shown(resource, record ?? {}), none: null });
  });

  it('are refused without their scope, as a whole and with the scope named', async () => {
    const others = Object.values(api).flatMap((other) => (other.scope === scope ? [] : [other.scope]));
    const key = await keyFor(...others);
    for (const query of [`{ ${many} { pageInfo { hasNextPage } } }`, `{ ${one}(id: "x") { __typename } }`]) {
      const reply = await key.send(query);
      expect(reply).toMatchObject({ status: 403, data: undefined });
      expect(reply.errors[0]?.extensions).toMatchObject({
        code: 'FORBIDDEN',
        missingScopes: [`${resource}:read`],
      });
    }
    expect((await anybody(app).send(`{ ${many} { totalCount } }`)).status).toBe(401);
  });

  it('page forward and backward in every order, none twice, none missed', async () => {
    const key = await keyFor(scope);
    const orders =
      resource === 'users' ? ['LAST_UPDATED_TIME', 'ID'] : ['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID'];
    for (const field of orders) {
      const forward = await walk(
        key,
        many,
        `first: 70, orderBy: { field: ${field}, direction: DESC }`,
        'after',
      );
      const backward = await walk(
        key,
        many,
        `last: 70, orderBy: { field: ${field}, direction: DESC }`,
        'before',
      );
      expect(new Set(forward).size).toBe(recordsOf(resource).length);
      expect(forward).toHaveLength(recordsOf(resource).length);
      expect(backward).toEqual(forward);
    }
  });

  it('refuse pages that are too large, and cursors of another list', async () => {
    const key = await keyFor(...new Set<ScopeName>(['CONVERSATIONS', 'USERS', scope]));
    for (const first of [0, -1, 1001, 2 ** 31 - 1]) {
      const reply = await key.send(`{ ${many}(first: ${first}) { nodes { id } } }`);
      expect(reply.status).toBe(400);
      expect(reply.errors[0]?.message).toContain('1 to 1000');
    }
    const other = resource === 'users' ? 'conversations' : 'users';
    const query = `{ ${other}(first: 1) { pageInfo { endCursor } } }`;
    const data = await key.run<Record<string, { pageInfo: { endCursor: string } }>, never>(query);
    const reply = await key.send(`{ ${many}(after: "${data[other]?.pageInfo.endCursor}") { nodes { id } } }`);
    expect(reply).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});

async function walk(
  caller: Caller,
  many: string,
  args: string,
  towards: 'after' | 'before',
): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const place: string = cursor === null ? '' : `, ${towards}: "${cursor}"`;
    const query = `{ ${many}(${args}${place}) { edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const data: Record<string, WalkedPage> = await caller.run(query);
    const page = data[many];
    const found = page?.edges.map(({ node }) => node.id) ?? [];
    ids.splice(towards === 'after' ? ids.length : 0, 0, ...found);
    const more = towards === 'after' ? page?.pageInfo.hasNextPage : page?.pageInfo.hasPreviousPage;
    if (!more) return ids;
    cursor = (towards === 'after' ? page?.pageInfo.endCursor : page?.pageInfo.startCursor) ?? null;
  }
}
interface WalkedPage {
  edges: { node: { id: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

it('are the newest first when no order is asked for', async () => {
  const { conversations } = await admin.run<{ conversations: { nodes: { createdTime: string }[] } }, never>(
    '{ conversations { nodes { createdTime } } }',
  );
  const times = conversations.nodes.map(({ createdTime }) => createdTime);
  expect(times).toEqual(times.toSorted().reverse());
});

it('are read through fragments and aliases with all that they ask for', async () => {
  const query = `
    query { list: conversations(first: 1) { edges { at: node { ...Who } } ...Rest } }
    fragment Who on Conversation { from: userId ... on Conversation { began: createdTime __typename } }
    fragment Rest on ConversationConnection { nodes { route ...Who } }`;
  const { list } = await admin.run<{ list: { edges: unknown[]; nodes: unknown[] } }, never>(query);
  const text = {
    from: expect.stringMatching(/^\d+$/),
    began: expect.stringMatching(/Z$/),
    __typename: 'Conversation',
  };
  expect(list.edges).toEqual([{ at: text }]);
  expect(list.nodes).toEqual([{ ...text, route: expect.any(String) }]);
});

it('are read with an access token as with a key', async () => {
  const token = await pipeline(app, await createClient(admin, ['USERS']));
  expect((await token.send('{ users(first: 1) { nodes { id } } }')).status).toBe(200);
  expect((await token.send('{ users(first: 1) { nodes { id } } conversations { totalCount } }')).status).toBe(
    403,
  );
});

it('of another tenant do not exist', async () => {
  const other = await addOrganization(app, 'Other', 'admin@other.example');
  await upsertRecords(app.db, other.id, 'conversations', [conversation({ id: 'theirs' })], app.clock.now());
  const theirs = await signedIn(app, 'admin@other.example');
  expect(await theirs.run('{ conversations { totalCount nodes { id } } }')).toEqual({
    conversations: { totalCount: 1, nodes: [{ id: 'theirs' }] },
  });
  expect(await admin.run('{ conversation(id: "theirs") { id } }')).toEqual({ conversation: null });
  const page = await theirs.run<{ conversations: { pageInfo: { endCursor: string } } }, never>(
    '{ conversations { pageInfo { endCursor } } }',
  );
  const reply = await admin.send(
    `{ conversations(after: "${page.conversations.pageInfo.endCursor}") { totalCount } }`,
  );
  expect(reply.status).toBe(400);
});
