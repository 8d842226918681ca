// Public keys of OAuth clients: what Super Admins register and remove.

import { calculateJwkThumbprint, exportJWK } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AddCredentialKeyDocument,
  AuditEventsDocument,
  RemoveCredentialKeyDocument,
  RevokeCredentialDocument,
} from '../operations/documents.ts';
import { type Caller, createApiKey, createClient, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { addKey, newKeyPair } from '../support/assertions.ts';
import { everyColumn } from '../support/leak-search.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
});
afterAll(() => app.close());

const remove = async (credentialId: string, kid: string) =>
  (await admin.run(RemoveCredentialKeyDocument, { input: { credentialId, kid } })).removeCredentialKey;
const keysOf = async (id: string) =>
  (
    await admin.run<{ credential: { publicKeys: { kid: string }[]; updatedAt: string } }, { id: string }>(
      'query ($id: ID!) { credential(id: $id) { updatedAt publicKeys { kid algorithm thumbprint createdAt createdBy { name } } } }',
      { id },
    )
  ).credential;

test('a key that is registered is listed with its algorithm, thumbprint, and maker', async () => {
  const { clientId, credential } = await createClient(admin);
  expect((await keysOf(clientId)).publicKeys).toEqual([]);
  app.clock.advance(1);
  const at = app.clock.now().toISOString();
  const [first, second] = [await newKeyPair('ES256'), await newKeyPair('PS256')];
  const added = await addKey(admin, clientId, first);
  expect(added.userErrors).toEqual([]);
  app.clock.advance(1);
  await addKey(admin, clientId, { jwk: { ...second.jwk, kid: 'second' } });
  const { publicKeys, updatedAt } = await keysOf(clientId);
  const thumbprint = await calculateJwkThumbprint(first.jwk);
  expect(publicKeys).toEqual([
    {
      kid: thumbprint,
      algorithm: 'ES256',
      thumbprint,
      createdAt: added.credential?.updatedAt,
      createdBy: { name: credential.createdBy.name },
    },
    expect.objectContaining({ kid: 'second', algorithm: 'PS256' }),
  ]);
  expect(String(added.credential?.updatedAt) >= at && updatedAt > String(added.credential?.updatedAt)).toBe(
    true,
  );
});

test('adding and removing leave an audit event each, with kid, algorithm, and thumbprint', async () => {
  const { clientId } = await createClient(admin);
  const { jwk } = await newKeyPair('EdDSA');
  await addKey(admin, clientId, { jwk: { ...jwk, kid: 'laptop' } });
  expect((await remove(clientId, 'laptop')).credential?.publicKeys).toEqual([]);
  const { auditEvents } = await admin.run(AuditEventsDocument, { filter: { targetId: clientId } });
  const thumbprint = await calculateJwkThumbprint(jwk);
  for (const action of ['CREDENTIAL_KEY_ADDED', 'CREDENTIAL_KEY_REMOVED']) {
    const event = auditEvents.nodes.find((one) => one.action === action);
    expect(Object.fromEntries(event?.facts.map(({ name, to }) => [name, to]) ?? [])).toEqual({
      kid: 'laptop',
      algorithm: 'EdDSA',
      thumbprint,
    });
    expect(event?.actor?.id).toBe((await keysOwner()).id);
  }
});

const keysOwner = async () =>
  (await admin.run<{ viewer: { account: { id: string } } }, never>('{ viewer { account { id } } }')).viewer
    .account;

test('when the audit event cannot be written, the key is not registered and not removed', async () => {
  const { clientId } = await createClient(admin);
  const [present, next] = [await newKeyPair(), await newKeyPair()];
  await addKey(admin, clientId, { jwk: { ...present.jwk, kid: 'present' } });
  await sql`alter table audit_events add constraint broken check (action not like 'CREDENTIAL_KEY%') not valid`.execute(
    app.db,
  );
  try {
    const input = { credentialId: clientId, jwk: next.jwk };
    expect((await admin.send(AddCredentialKeyDocument, { input })).status).toBe(500);
    const removed = await admin.send(RemoveCredentialKeyDocument, {
      input: { credentialId: clientId, kid: 'present' },
    });
    expect(removed.status).toBe(500);
  } finally {
    await sql`alter table audit_events drop constraint broken`.execute(app.db);
  }
  expect((await keysOf(clientId)).publicKeys.map(({ kid }) => kid)).toEqual(['present']);
});

describe('a key is refused, with what to do', () => {
  test('when it is private, and nothing of it is kept or logged', async () => {
    const { clientId } = await createClient(admin);
    const pair = await newKeyPair('ES256');
    const { d = '', ...publicJwk } = await exportJWK(pair.privateKey);
    const from = app.log.length;
    const refused = await addKey(admin, clientId, { jwk: { ...publicJwk, d } });
    expect(refused).toMatchObject({
      credential: null,
      userErrors: [{ code: 'INVALID', field: ['input', 'jwk'] }],
    });
    expect(refused.userErrors[0]?.message).toContain('never send a private or secret key');
    expect(JSON.stringify([refused, app.log.slice(from), await everyColumn(app.db)])).not.toContain(d);
  });

  test('when the credential has it, or one with its kid', async () => {
    const { clientId } = await createClient(admin);
    const [first, second] = [await newKeyPair(), await newKeyPair()];
    await addKey(admin, clientId, { jwk: { ...first.jwk, kid: 'a' } });
    for (const jwk of [
      { ...first.jwk, kid: 'b' },
      { ...second.jwk, kid: 'a' },
    ]) {
      expect((await addKey(admin, clientId, { jwk })).userErrors[0]?.code).toBe('TAKEN');
    }
    expect((await addKey(admin, (await createClient(admin)).clientId, first)).userErrors).toEqual([]);
  });

  test('when it is the sixth, also when ten come at the same moment', async () => {
    const { clientId } = await createClient(admin);
    const pairs = await Promise.all(Array.from({ length: 10 }, () => newKeyPair()));
    const replies = await Promise.all(pairs.map((pair) => addKey(admin, clientId, pair)));
    expect(replies.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(5);
    expect(replies.filter(({ userErrors }) => userErrors[0]?.code === 'CONFLICT')).toHaveLength(5);
    const { publicKeys } = await keysOf(clientId);
    expect(publicKeys).toHaveLength(5);
    await remove(clientId, publicKeys[0]?.kid ?? '');
    expect((await addKey(admin, clientId, await newKeyPair())).userErrors).toEqual([]);
  });

  test('when the credential is an API key, is revoked, or is not there', async () => {
    const { credential: apiKey } = await createApiKey(admin);
    const { clientId: revoked } = await createClient(admin);
    await addKey(admin, revoked, { jwk: { ...(await newKeyPair()).jwk, kid: 'a' } });
    await admin.run(RevokeCredentialDocument, { input: { id: revoked } });
    const pair = await newKeyPair();
    const codes = async (id: string) => [
      (await addKey(admin, id, pair)).userErrors[0]?.code,
      (await remove(id, 'a')).userErrors[0]?.code,
    ];
    expect(await codes(apiKey.id)).toEqual(['NOT_PERMITTED', 'NOT_FOUND']);
    expect(await codes(revoked)).toEqual(['REVOKED', 'REVOKED']);
    expect(await codes('cred_0000000000000000000000')).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });

  test('when it is no object at all', async () => {
    const { clientId } = await createClient(admin);
    for (const jwk of ['"a text"', '[]', '1', 'null', '"{}"']) {
      const reply = await admin.send(
        `mutation { addCredentialKey(input: { credentialId: "${clientId}", jwk: ${jwk} }) { userErrors { code } } }`,
      );
      expect([jwk, reply.status, reply.errors[0]?.extensions.code]).toEqual([jwk, 400, 'BAD_USER_INPUT']);
    }
  });
});

test('a JWK may stand in the document itself', async () => {
  const { clientId } = await createClient(admin);
  const { jwk } = await newKeyPair('ES256');
  const reply = await admin.send(`mutation { addCredentialKey(input: { credentialId: "${clientId}",
    jwk: { kty: "EC", crv: "P-256", x: "${jwk.x}", y: "${jwk.y}" } }) { credential { publicKeys { algorithm } } } }`);
  expect(reply.data).toEqual({ addCredentialKey: { credential: { publicKeys: [{ algorithm: 'ES256' }] } } });
});

test('two changes in one document show the keys as each left them', async () => {
  const { clientId } = await createClient(admin);
  const { jwk } = await newKeyPair('ES256');
  const reply = await admin.run<Record<string, { credential: { publicKeys: object[] } }>, object>(
    `mutation ($id: ID!, $jwk: JWK!) {
      addCredentialKey(input: { credentialId: $id, jwk: $jwk }) { credential { publicKeys { kid } } }
      removeCredentialKey(input: { credentialId: $id, kid: "k" }) { credential { publicKeys { kid } } }
    }`,
    { id: clientId, jwk: { ...jwk, kid: 'k' } },
  );
  expect(reply.addCredentialKey?.credential.publicKeys).toEqual([{ kid: 'k' }]);
  expect(reply.removeCredentialKey?.credential.publicKeys).toEqual([]);
});

test('a private key is refused by the database as well', async () => {
  const { clientId, credential } = await createClient(admin);
  const insert = app.db.insertInto('credential_keys').values({
    organization_id: app.organization.id,
    credential_id: clientId,
    kid: 'k',
    algorithm: 'ES256',
    thumbprint: 't',
    public_jwk: JSON.stringify({ kty: 'EC', d: 'x' }),
    created_by_account_id: credential.createdBy.id,
    created_at: app.clock.now(),
  });
  await expect(insert.execute()).rejects.toMatchObject({ constraint: 'public_half_alone' });
});
