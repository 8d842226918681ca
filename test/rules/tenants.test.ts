// Tenants never meet: whatever belongs to another organisation behaves, byte for byte, like what does not exist.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  pipeline,
  requestToken,
} from '../support/actors.ts';
import { adminPassword } from '../support/app.ts';
import { basic, introspection, revocation } from '../support/token-endpoints.ts';
import { ask, everyRowOf, expectAlike, type TwoTenants, twoTenants } from '../support/two-tenants.ts';

let tenants: TwoTenants;
beforeAll(async () => {
  tenants = await twoTenants();
});
afterAll(() => tenants.app.close());

const byId: [what: string, query: string, variablesFor: (id: string) => object][] = [
  ['credential', 'query ($id: ID!) { credential(id: $id) { id name } }', (id) => ({ id })],
  ...['name: "Mine"', 'scopes: [USERS]', 'name: "Mine", scopes: [USERS, CONVERSATIONS]', ''].map(
    (change): [string, string, (id: string) => object] => [
      `updateCredential(${change})`,
      `mutation ($id: ID!) { updateCredential(input: { id: $id, ${change} })
        { credential { id } userErrors { code message field } } }`,
      (id) => ({ id }),
    ],
  ),
  [
    'revokeCredential',
    'mutation ($id: ID!) { revokeCredential(input: { id: $id }) { credential { id } userErrors { code message field } } }',
    (id) => ({ id }),
  ],
  [
    'addCredentialKey',
    `mutation ($id: ID!) { addCredentialKey(input: { credentialId: $id, jwk: { kty: "OKP", crv: "Ed25519",
      x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" } }) { credential { id } userErrors { code message field } } }`,
    (id) => ({ id }),
  ],
  [
    'removeCredentialKey',
    `mutation ($id: ID!) { removeCredentialKey(input: { credentialId: $id, kid: "k" })
      { credential { id } userErrors { code message field } } }`,
    (id) => ({ id }),
  ],
  [
    'createCredential with an owner',
    `mutation ($id: ID!) { createCredential(input: { name: "Mine", scopes: [USERS], ownerAccountId: $id })
      { credential { id } secret { __typename } userErrors { code message field } } }`,
    (id) => ({ id }),
  ],
  ...['deactivateAccount', 'reactivateAccount', 'deleteAccount'].map(
    (name): [string, string, (id: string) => object] => [
      name,
      `mutation ($id: ID!) { ${name}(input: { id: $id }) { account { id } userErrors { code message field } } }`,
      (id) => ({ id }),
    ],
  ),
  [
    'changeAccountRole',
    `mutation ($id: ID!) { changeAccountRole(input: { id: $id, role: SUPER_ADMIN })
      { account { id } userErrors { code message field } } }`,
    (id) => ({ id }),
  ],
  ...[
    'credentials(filter: { ownerAccountId: $id })',
    'auditEvents(filter: { actorAccountId: $id })',
    'auditEvents(filter: { targetId: $id })',
  ].map((list): [string, string, (id: string) => object] => [
    list,
    `query ($id: ID!) { ${list} { nodes { id } totalCount pageInfo { hasNextPage } } }`,
    (id) => ({ id }),
  ]),
  ...['credentials', 'accounts'].map((list): [string, string, (id: string) => object] => [
    `${list} by search`,
    `query ($id: String!) { ${list}(filter: { search: $id }) { nodes { id } totalCount } }`,
    (id) => ({ id }),
  ]),
];

describe("another organisation's ids", () => {
  test.each(byId)(
    'are ids of nothing to %s, and nothing of it changes',
    async (_what, query, variablesFor) => {
      const before = await everyRowOf(tenants.app, tenants.theirs.organizationId);
      expect(before.length).toBeGreaterThan(5);
      for (const pairOf of Object.values(tenants.ids))
        await expectAlike(tenants, query, variablesFor, pairOf);
      expect(await everyRowOf(tenants.app, tenants.theirs.organizationId)).toEqual(before);
    },
  );

  test('are the same as ids of nothing in its own hands, so the comparison can fail', async () => {
    const own = await ask(
      tenants,
      'query ($id: ID!) { credential(id: $id) { id } }',
      { id: tenants.ids.client.foreign },
      tenants.theirs.admin,
    );
    expect(own.body).toContain(tenants.ids.client.foreign);
  });
});

describe("another organisation's e-mail addresses, hints, and slugs", () => {
  test('find nothing in lists', async () => {
    const search =
      'query ($text: String!) { accounts(filter: { search: $text }) { nodes { id email } totalCount } }';
    await expectAlike(tenants, search, (text) => ({ text }), {
      foreign: tenants.theirs.email,
      absent: 'admin@nobody.example',
    });
    const hint = tenants.theirs.key.credential.secretHint;
    const credentials =
      'query ($text: String!) { credentials(filter: { search: $text }) { nodes { id } totalCount } }';
    await expectAlike(tenants, credentials, (text) => ({ text }), {
      foreign: hint,
      absent: `${hint.slice(0, -1)}-`,
    });
  });

  test('are free for accounts of ours', async () => {
    const query = `mutation ($email: String!) { createAccount(input: { kind: PERSON, name: "Same", email: $email,
      password: "${adminPassword}-of-ours" }) { account { status } userErrors { code } } }`;
    const reply = await expectAlike(tenants, query, (email) => ({ email }), {
      foreign: tenants.theirs.email,
      absent: 'admin@nobody.example',
    });
    expect(JSON.parse(reply.body).data.createAccount.userErrors).toEqual([]);
  });

  test('do not sign anybody of ours in', async () => {
    const query = `mutation ($slug: String!) { signIn(input: { email: "admin@acme.example", password: "${adminPassword}",
      organization: $slug }) { viewer { organization { id } } userErrors { code message } } }`;
    await expectAlike(tenants, query, (slug) => ({ slug }), {
      foreign: tenants.theirs.slug,
      absent: 'nobodys',
    });
  });
});

describe("another organisation's tokens and keys", () => {
  test('are to introspection and revocation what was never issued, and stay as they are', async () => {
    const { app, admin, theirs } = tenants;
    const client = await createClient(admin);
    const key = await createApiKey(admin);
    const token = String((await requestToken(app, theirs.client)).body.access_token);
    await app.auth.credentialUse.flush();
    const before = await everyRowOf(app, theirs.organizationId);
    const ours = [basic(client), `Bearer ${key.apiKey}`, (await pipeline(app, client)).authorization ?? ''];
    for (const by of ours) {
      const unknown = await introspection(app, by, 'x');
      expect(unknown.body).toBe('{"active":false}');
      for (const foreign of [token, theirs.key.apiKey, theirs.client.clientSecret])
        expect(await introspection(app, by, foreign)).toEqual(unknown);
    }
    expect(await revocation(app, basic(client), token)).toEqual(await revocation(app, basic(client), 'x'));
    await app.auth.credentialUse.flush();
    expect(await everyRowOf(app, theirs.organizationId)).toEqual(before);
    const own = await introspection(app, basic(theirs.client), token);
    expect(JSON.parse(own.body)).toMatchObject({ active: true, client_id: theirs.client.clientId });
    expect((await new Caller(app, `Bearer ${token}`).send('{ viewer { scopes { value } } }')).status).toBe(
      200,
    );
  });
});

test('a suspended organisation has no key, secret, token, or session that works, and ours go on', async () => {
  const { app, admin, theirs } = tenants;
  const client = await createClient(admin);
  const them = [theirs.admin, new Caller(app, theirs.key.apiKey), await pipeline(app, theirs.client)];
  const us = [admin, new Caller(app, (await createApiKey(admin)).apiKey), await pipeline(app, client)];
  const works = async (callers: Caller[], oauthClient: OAuthClient) => [
    ...(await Promise.all(
      callers.map(async (caller) => (await caller.send('{ viewer { scopes { value } } }')).status),
    )),
    (await requestToken(app, oauthClient)).status,
  ];
  const set = (status: 'ACTIVE' | 'SUSPENDED') =>
    app.db.updateTable('organizations').set({ status }).where('id', '=', theirs.organizationId).execute();
  await set('SUSPENDED');
  expect(await works(them, theirs.client)).toEqual([401, 401, 401, 401]);
  expect(await works(us, client)).toEqual([200, 200, 200, 200]);
  await set('ACTIVE');
  expect(await works(them, theirs.client)).toEqual([200, 200, 200, 200]);
});
