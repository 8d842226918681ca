// From record to record: what each edge of the graph leads to is compared with the stored records.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataRecord } from '../../src/db/data/records.ts';
import type { DataResource } from '../../src/db/data/resources.ts';
import { loadSample, sampleRecords } from '../../src/db/data/sample.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import { type Caller, signedIn } from '../support/actors.ts';
import { addOrganization, startApp, type TestApp } from '../support/app.ts';
import { recordNames } from '../support/record-names.ts';
import { conversation, user } from '../support/records.ts';

type Stored = Record<string, unknown> & { id: string; created_time: string };

let app: TestApp;
let admin: Caller;
const stored = new Map<DataResource, Stored[]>();
const recordsOf = (resource: DataResource) => stored.get(resource) ?? [];

const until = new Date('2026-06-01T00:00:00.000Z');
const size = { seed: 3, conversations: 60, days: 8, until };

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  for (const { resource, record } of sampleRecords(size)) {
    stored.set(resource, [...recordsOf(resource), record as unknown as Stored]);
  }
  await loadSample(app.db, app.organization.id, { ...size, now: app.clock.now() });
});
afterAll(() => app.close());

const toOne = [
  ['conversations', 'user', 'user_id'],
  ['interactions', 'conversation', 'conversation_id'],
  ['interactions', 'user', 'user_id'],
  ['interactions', 'parent', 'parent_interaction_id'],
  ['plugin_calls', 'interaction', 'interaction_id'],
  ['plugin_calls', 'conversation', 'conversation_id'],
  ['plugin_calls', 'user', 'user_id'],
  ['plugin_resources', 'pluginCall', 'plugin_call_id'],
  ['plugin_resources', 'interaction', 'interaction_id'],
  ['plugin_resources', 'conversation', 'conversation_id'],
  ['plugin_resources', 'user', 'user_id'],
] as const satisfies [DataResource, string, string][];

const toMany = [
  ['conversations', 'interactions', 'interactions', 'conversation_id'],
  ['conversations', 'pluginCalls', 'plugin_calls', 'conversation_id'],
  ['conversations', 'pluginResources', 'plugin_resources', 'conversation_id'],
  ['interactions', 'replies', 'interactions', 'parent_interaction_id'],
  ['interactions', 'pluginCalls', 'plugin_calls', 'interaction_id'],
  ['interactions', 'pluginResources', 'plugin_resources', 'interaction_id'],
  ['plugin_calls', 'pluginResources', 'plugin_resources', 'plugin_call_id'],
  ['users', 'conversations', 'conversations', 'user_id'],
  ['users', 'interactions', 'interactions', 'user_id'],
  ['users', 'pluginCalls', 'plugin_calls', 'user_id'],
  ['users', 'pluginResources', 'plugin_resources', 'user_id'],
] as const satisfies [DataResource, string, DataResource, string][];

it.each(toOne)('each of %s leads to its %s', async (resource, field, column) => {
  const query = `{ list: ${recordNames[resource].many}(first: 1000) { nodes { id near: ${field} { id } } } }`;
  const { list } = await admin.run<{ list: { nodes: object[] } }, never>(query);
  const expected = recordsOf(resource).map((record) => {
    const key = record[column];
    return [record.id, { id: record.id, near: key === null ? null : { id: key } }] as const;
  });
  expect(Object.fromEntries(list.nodes.map((node) => [(node as Stored).id, node]))).toEqual(
    Object.fromEntries(expected),
  );
  expect(expected.length).toBeGreaterThan(9);
});

interface NearList {
  totalCount: number;
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
}

/** The ids of a parent's list in the order of a list that says nothing: of what users did, the latest first. */
function expectedIds(from: DataResource, to: DataResource, column: string, parentId: string): string[] {
  const place = ({ created_time, id }: Stored) => Buffer.from(`${created_time} ${id}`);
  const ids = recordsOf(to)
    .filter((record) => record[column] === parentId)
    .sort((a, b) => Buffer.compare(place(a), place(b)))
    .map(({ id }) => id);
  return from === 'users' ? ids.reverse() : ids;
}

it.each(toMany)('each of %s has its %s, a page at a time', async (from, field, to, column) => {
  const page = 'totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor }';
  const query = `{ list: ${recordNames[from].many}(first: 100) { nodes { id near: ${field}(first: 1) { ${page} } } } }`;
  const { list } = await admin.run<{ list: { nodes: { id: string; near: NearList }[] } }, never>(query);
  for (const { id, near } of list.nodes) {
    const ids = expectedIds(from, to, column, id);
    expect(near).toMatchObject({
      totalCount: ids.length,
      nodes: ids.slice(0, 1).map((one) => ({ id: one })),
      pageInfo: { hasNextPage: ids.length > 1, hasPreviousPage: false },
    });
    expect(near.pageInfo.endCursor === null).toBe(ids.length === 0);
  }
  expect(list.nodes.some(({ near }) => near.nodes.length > 0)).toBe(true);
});

describe("a record's list", () => {
  /** The conversation with the most interactions, and another one that has some. */
  const longest = () => {
    const count = (id: string) => expectedIds('conversations', 'interactions', 'conversation_id', id).length;
    const [first, second] = recordsOf('conversations').toSorted((a, b) => count(b.id) - count(a.id));
    return [first?.id ?? '', second?.id ?? ''] as const;
  };
  const interactions = (args: string) =>
    `interactions${args} { nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
  const ask = async (id: string, args: string) => {
    const query = `{ conversation(id: "${id}") { ${interactions(args)} } }`;
    const data = await admin.run<
      { conversation: { interactions: NearList & { edges: { cursor: string }[] } } },
      never
    >(query);
    return data.conversation.interactions;
  };

  it.each(['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID'])('is walked both ways by %s', async (field) => {
    const [id] = longest();
    for (const direction of ['ASC', 'DESC']) {
      const order = `orderBy: { field: ${field}, direction: ${direction} }`;
      const whole = (await ask(id, `(first: 100, ${order})`)).nodes;
      expect(whole.length).toBeGreaterThan(4);
      const walks = { after: 'first: 2', before: 'last: 2' };
      for (const [place, limit] of Object.entries(walks)) {
        const met: { id: string }[] = [];
        for (let at = '', goesOn = true; goesOn; ) {
          const page = await ask(id, `(${limit}, ${order}${at})`);
          met.splice(place === 'after' ? met.length : 0, 0, ...page.nodes);
          goesOn = place === 'after' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage;
          at = `, ${place}: "${place === 'after' ? page.edges.at(-1)?.cursor : page.edges[0]?.cursor}"`;
        }
        expect(met).toEqual(whole);
      }
    }
  });

  it('takes its own cursors alone: none of another record, field, order, or of the whole list', async () => {
    const [id, other] = longest();
    const { pageInfo } = await ask(id, '(first: 1)');
    const after = `after: "${pageInfo.endCursor}"`;
    expect((await ask(id, `(first: 1, ${after})`)).nodes).toHaveLength(1);
    const root = await admin.run<{ interactions: NearList }, never>(
      '{ interactions(first: 1, orderBy: { field: CREATED_TIME, direction: ASC }) { pageInfo { endCursor } } }',
    );
    for (const query of [
      `{ conversation(id: "${other}") { ${interactions(`(${after})`)} } }`,
      `{ conversation(id: "${id}") { pluginCalls(${after}) { nodes { id } } } }`,
      `{ conversation(id: "${id}") { ${interactions(`(${after}, orderBy: { field: CREATED_TIME, direction: DESC })`)} } }`,
      `{ interactions(${after}, orderBy: { field: CREATED_TIME, direction: ASC }) { nodes { id } } }`,
      `{ conversation(id: "${id}") { ${interactions(`(after: "${root.interactions.pageInfo.endCursor}")`)} } }`,
      `{ conversations(first: 9) { nodes { ${interactions(`(${after})`)} } } }`,
    ]) {
      const reply = await admin.send(query);
      expect(reply.errors[0]?.extensions.code, query).toBe('BAD_USER_INPUT');
    }
  });

  it('takes a filter, which its count respects', async () => {
    const [id] = longest();
    const query = `{ conversation(id: "${id}") { interactions(first: 100, filter: { actor: { eq: BOT } }) { totalCount nodes { id actor } } } }`;
    const data = await admin.run<{ conversation: { interactions: NearList } }, never>(query);
    const { totalCount, nodes } = data.conversation.interactions;
    const said = recordsOf('interactions').filter(
      (record) => record.conversation_id === id && record.actor === 'bot',
    );
    expect(totalCount).toBe(said.length);
    expect(nodes.map((node) => node.id).sort()).toEqual(said.map((record) => record.id).sort());
  });

  it('is twenty long when nothing is said, and a hundred at most', async () => {
    const many = Array.from({ length: 25 }, (_, i) => conversation({ id: `many ${i}`, user_id: 'busy' }));
    await upsertRecords(app.db, app.organization.id, 'users', [user({ id: 'busy' })], app.clock.now());
    await upsertRecords(app.db, app.organization.id, 'conversations', many, app.clock.now());
    const busy = (args: string) =>
      `{ user(id: "busy") { conversations${args} { nodes { id } totalCount } } }`;
    const data = await admin.run<{ user: { conversations: NearList } }, never>(busy(''));
    expect(data.user.conversations.nodes).toHaveLength(20);
    expect(data.user.conversations.totalCount).toBe(25);
    for (const size of [0, -1, 101]) {
      const reply = await admin.send(busy(`(first: ${size})`));
      expect(reply.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
      expect(reply.errors[0]?.message).toContain('1 to 100');
    }
  });
});

it('an argument that is wrong for every record is told once, where it stands', async () => {
  const ids = Array.from({ length: 1_001 }, (_, i) => `${i}`);
  for (const wrong of ['first: 101', 'first: 1, last: 1', 'filter: { id: { in: $ids } }']) {
    const query = `query ($ids: [ID!]!) { users(first: 1, filter: { id: { in: $ids } }) @skip(if: true) { totalCount }
      interactions(filter: { actor: { eq: BOT } }) { nodes { parent {
        replies(${wrong}, orderBy: { field: ID, direction: ASC }) { totalCount } } } } }`;
    const { errors } = await admin.send(query, { ids } as never);
    expect(errors, wrong).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' }, path: ['interactions'], locations: [{ line: 3 }] },
    ]);
  }
});

it('a neighbour that is not there is null, and a list that is not there is empty', async () => {
  const lonely = conversation({ id: 'lonely', user_id: 'never loaded' });
  await upsertRecords(app.db, app.organization.id, 'conversations', [lonely], app.clock.now());
  const query =
    '{ conversation(id: "lonely") { userId user { id firstName } interactions { totalCount nodes { id } } } }';
  expect(await admin.run(query)).toEqual({
    conversation: { userId: 'never loaded', user: null, interactions: { totalCount: 0, nodes: [] } },
  });
});

it("another tenant's records are nobody's neighbours, although their ids are the same", async () => {
  const other = await addOrganization(app, 'Other', 'admin@other.example');
  const both = [app.organization.id, other.id];
  const now = app.clock.now();
  for (const [i, organizationId] of both.entries()) {
    const said = { ...(recordsOf('interactions')[0] as unknown as DataRecord<'interactions'>) };
    const mine = { conversation_id: 'shared', user_id: 'shared', id: `said by ${i}` };
    await upsertRecords(app.db, organizationId, 'users', [user({ id: 'shared', first_name: `${i}` })], now);
    await upsertRecords(
      app.db,
      organizationId,
      'conversations',
      [conversation({ id: 'shared', user_id: 'shared' })],
      now,
    );
    await upsertRecords(app.db, organizationId, 'interactions', [{ ...said, ...mine }], now);
  }
  const theirs = await signedIn(app, 'admin@other.example');
  const query =
    '{ conversation(id: "shared") { user { firstName } interactions { totalCount nodes { id conversation { user { firstName } } } } } }';
  for (const [i, caller] of [admin, theirs].entries()) {
    const node = { id: `said by ${i}`, conversation: { user: { firstName: `${i}` } } };
    expect(await caller.run(query)).toEqual({
      conversation: { user: { firstName: `${i}` }, interactions: { totalCount: 1, nodes: [node] } },
    });
  }
  const page = (after: string) =>
    `{ conversation(id: "shared") { interactions(first: 1${after}) { pageInfo { endCursor } } } }`;
  const { conversation: shared } = await theirs.run<{ conversation: { interactions: NearList } }, never>(
    page(''),
  );
  const after = `, after: "${shared.interactions.pageInfo.endCursor}"`;
  expect((await theirs.send(page(after))).status).toBe(200);
  expect((await admin.send(page(after))).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

it('records reached through edges, nodes, aliases, and fragments have all that they are asked for', async () => {
  const query = `
    query { conversations(first: 30) {
      edges { node { ...Started } }
      nodes { again: user { mail: emailAddr ...Name } } } }
    fragment Started on Conversation { by: user { ...Name } ... on Conversation { first: interactions(first: 1) { edges { node { said: detail { content } by: user { ...Name } } } } } }
    fragment Name on User { firstName lastName }`;
  type Person = { firstName: string; lastName: string; mail?: string };
  type Edge = { node: { by: Person; first: { edges: { node: { by: Person; said: unknown } }[] } } };
  const { conversations } = await admin.run<
    { conversations: { edges: Edge[]; nodes: { again: Person }[] } },
    never
  >(query);
  const people = recordsOf('users').map(({ first_name, last_name }) => `${first_name} ${last_name}`);
  let met = 0;
  for (const [i, { node }] of conversations.edges.entries()) {
    if (node.by === null) continue;
    const { firstName, lastName } = node.by;
    if (node.first.edges.length > 0) expect(node.first.edges[0]?.node.by).toEqual(node.by);
    const again = conversations.nodes[i]?.again;
    expect(again).toEqual({ firstName, lastName, mail: again?.mail });
    met += people.includes(`${firstName} ${lastName}`) ? 1 : 0;
  }
  expect(met).toBeGreaterThan(0);
});

it('a query that could return too much is refused: lists multiply, and each neighbour is a record', async () => {
  const deep = '{ conversations(first: 1000) { nodes { interactions { nodes { user { id } } } } } }';
  const wide = `{ conversations(first: 1000) { nodes { ${Array.from({ length: 25 }, (_, i) => `u${i}: user { id }`).join(' ')} } } }`;
  for (const query of [deep, wide]) {
    expect((await admin.send(query)).errors[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
  }
  const usual =
    '{ conversations { nodes { interactions(first: 10) { nodes { pluginCalls { nodes { id } } } } } } }';
  expect((await admin.send(usual)).status).toBe(200);
});
