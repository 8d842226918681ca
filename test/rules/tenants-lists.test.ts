// Lists, counts, cursors, and records of two organisations: each sees its own and nothing of the other.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataResources } from '../../src/db/data/resources.ts';
import { requestToken } from '../support/actors.ts';
import { rawGraphql } from '../support/raw-reply.ts';
import { ask, everyRowOf, expectAlike, type TwoTenants, twoTenants } from '../support/two-tenants.ts';

let tenants: TwoTenants;
beforeAll(async () => {
  tenants = await twoTenants();
});
afterAll(() => tenants.app.close());

describe("another organisation's cursors", () => {
  const lists = ['credentials', 'accounts', 'auditEvents', 'conversations', 'users'];
  test.each(lists)('are forged cursors to %s', async (list) => {
    const query = `query ($after: String) { ${list}(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }`;
    const page = JSON.parse((await ask(tenants, query, {}, tenants.theirs.admin)).body).data[list];
    const cursor: string = page.pageInfo.endCursor;
    const forged = `${cursor.startsWith('A') ? 'B' : 'A'}${cursor.slice(1)}`;
    const reply = await expectAlike(tenants, query, (after) => ({ after }), {
      foreign: cursor,
      absent: forged,
    });
    expect(reply.status).toBe(400);
    expect((await ask(tenants, query, { after: cursor }, tenants.theirs.admin)).status).toBe(200);
  });
});

test('counts and lists hold what is ours alone', async () => {
  const query =
    '{ credentials { totalCount nodes { id } } accounts { totalCount nodes { id } } auditEvents { nodes { id } } }';
  const ours = (await everyRowOf(tenants.app, tenants.app.organization.id)).join('\n');
  const { data } = JSON.parse((await ask(tenants, query, {})).body);
  for (const list of Object.values(data) as { totalCount?: number; nodes: { id: string }[] }[]) {
    if (list.totalCount !== undefined) expect(list.totalCount).toBe(list.nodes.length);
    for (const { id } of list.nodes) expect(ours).toContain(id);
  }
});

test("a key, a token, and a session reach their own organisation's records and no other's", async () => {
  const { body } = await requestToken(tenants.app, tenants.theirs.client);
  const callers = [
    `Bearer ${tenants.theirs.key.apiKey}`,
    `Bearer ${body.access_token}`,
    tenants.theirs.admin.authorization,
  ];
  for (const authorization of callers) {
    const reply = await rawGraphql(tenants.app, authorization, {
      query: '{ viewer { organization { id } } }',
    });
    expect(JSON.parse(reply.body).data.viewer.organization.id).toBe(tenants.theirs.organizationId);
  }
});

const resources = {
  conversations: 'conversation',
  interactions: 'interaction',
  plugin_calls: 'pluginCall',
  plugin_resources: 'pluginResource',
  users: 'user',
};

describe("another organisation's records", () => {
  test.each(dataResources)('in %s are not there', async (resource) => {
    const one = resources[resource];
    const query = `query ($id: ID!) { ${one}(id: $id) { id } }`;
    const pairOf = { foreign: `theirs-${resource}`, absent: `nobody-${resource}` };
    await expectAlike(tenants, query, (id) => ({ id }), pairOf);
    expect((await ask(tenants, query, { id: pairOf.foreign }, tenants.theirs.admin)).body).toContain(
      pairOf.foreign,
    );
    const list = await ask(tenants, `{ ${one}s { nodes { id } totalCount } }`, {});
    expect(JSON.parse(list.body).data[`${one}s`]).toEqual({
      nodes: [{ id: `ours-${resource}` }],
      totalCount: 1,
    });
  });
});
