// POST /oauth/v1/introspect: what a token or key is worth at this moment, told to its own organisation alone.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { OAuth2Client } from '@badgateway/oauth2-client';
import { decodeJwt, type JWTPayload } from 'jose';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotateSigningKey } from '../../src/auth/key-rotation.ts';
import { makeSecret } from '../../src/auth/secret.ts';
import {
  CreateAccountDocument,
  CredentialDocument,
  DeactivateAccountDocument,
  DeleteAccountDocument,
  ReactivateAccountDocument,
  RevokeCredentialDocument,
  UpdateCredentialDocument,
} from '../operations/documents.ts';
import {
  type ApiKey,
  type Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { addOrganization, issuer, startApp, type TestApp } from '../support/app.ts';
import { rawRequest } from '../support/raw-reply.ts';
import { basic, introspected, introspection } from '../support/token-endpoints.ts';
import { jwsOf } from '../support/token-forge.ts';

let app: TestApp;
let admin: Caller;
/** The resource server that asks. */
let asking: OAuthClient;
let pipeline: OAuthClient;
let key: ApiKey;
let theirs: { client: OAuthClient; key: ApiKey };
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  asking = await createClient(admin, ['USERS']);
  pipeline = await createClient(admin, ['CONVERSATIONS', 'USERS', 'EVENTS']);
  key = await createApiKey(admin, ['USERS', 'CONVERSATIONS']);
  await addOrganization(app, 'Globex', 'admin@globex.example');
  const them = await signedIn(app, 'admin@globex.example');
  theirs = { client: await createClient(them), key: await createApiKey(them) };
});
afterAll(() => app.close());

const inactive = { active: false };
const tokenOf = async (owner: OAuthClient, scope?: string) =>
  String((await requestToken(app, owner, scope === undefined ? {} : { scope })).body.access_token);
const ask = (token: string) => introspected(app, basic(asking), token);

describe('an active token', () => {
  test('is described by what it says, for whoever of its organisation asks', async () => {
    const token = await tokenOf(pipeline, 'conversations:read users:read');
    const { iat, exp, jti } = decodeJwt(token);
    const described = {
      active: true,
      scope: 'conversations:read users:read',
      client_id: pipeline.clientId,
      sub: pipeline.clientId,
      aud: `${issuer}/graphql`,
      iss: issuer,
      iat,
      exp,
      jti,
      token_type: 'Bearer',
    };
    expect(await ask(token)).toEqual(described);
    const callers = [`Bearer ${key.apiKey}`, key.apiKey, `Bearer ${await tokenOf(asking)}`, basic(pipeline)];
    for (const caller of callers) expect(await introspected(app, caller, token)).toEqual(described);
  });

  test('of several products has several audiences, and one of the Events API alone has its own', async () => {
    const both = [`${issuer}/graphql`, `${issuer}/events`];
    expect(await ask(await tokenOf(pipeline))).toMatchObject({ active: true, aud: both });
    const events = await ask(await tokenOf(pipeline, 'events:write'));
    expect(events).toMatchObject({ active: true, aud: `${issuer}/events`, scope: 'events:write' });
  });

  test('may be an API key, which has no client, no audience, and no end', async () => {
    expect(await ask(key.apiKey)).toEqual({
      active: true,
      scope: 'conversations:read users:read',
      sub: key.credential.id,
      iss: issuer,
      token_type: 'Bearer',
    });
  });

  test('is in use, and so is the credential that asks', async () => {
    const [used, by] = [await createApiKey(admin), await createClient(admin)];
    await introspected(app, basic(by), used.apiKey);
    await app.auth.credentialUse.flush();
    for (const id of [used.credential.id, by.clientId]) {
      const { credential } = await admin.run(CredentialDocument, { id });
      expect(credential?.lastUsedAt).not.toBeNull();
    }
  });

  test('is told in a reply that nothing may keep, whatever hint is given, by form or JSON', async () => {
    const token = await tokenOf(pipeline);
    const plain = await introspection(app, basic(asking), token);
    expect(plain.headers).toMatchObject({
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'content-type': 'application/json;charset=UTF-8',
    });
    for (const token_type_hint of ['access_token', 'refresh_token', 'no such hint'])
      expect(await introspection(app, basic(asking), token, { token_type_hint })).toEqual(plain);
    const parameters = { token, client_id: asking.clientId, client_secret: asking.clientSecret };
    const asForm = { method: 'POST', body: new URLSearchParams(parameters) };
    const headers = { 'Content-Type': 'application/json' };
    const asJson = { method: 'POST', headers, body: JSON.stringify(parameters) };
    for (const init of [asForm, asJson])
      expect(await rawRequest(app, '/oauth/v1/introspect', init)).toEqual(plain);
  });
});

describe('exactly {"active":false} and nothing else', () => {
  const exactly = async (token: string) => {
    const { status, body } = await introspection(app, basic(asking), token);
    expect([status, body]).toEqual([200, '{"active":false}']);
  };

  test.each<[string, () => Promise<string> | string]>([
    ['text of no shape', () => 'x'],
    ['text with every kind of character', () => 'é\u0001"\\ \u{1F511}'],
    ['ten thousand characters', () => 'x'.repeat(10_000)],
    ['a token that is cut', async () => (await tokenOf(pipeline)).slice(0, -1)],
    ['a token that is edited', async () => (await tokenOf(pipeline)).replace('.ey', '.eY')],
    ["another organisation's token", () => tokenOf(theirs.client)],
    ["another organisation's API key", () => theirs.key.apiKey],
    ['a client secret', () => pipeline.clientSecret],
    ['a session', () => admin.authorization?.slice(7) ?? ''],
    ['a mistyped key', () => `${key.apiKey.slice(0, -1)}${key.apiKey.endsWith('0') ? 1 : 0}`],
    ['a key that was never issued', () => makeSecret(app.keys, 'key', key.credential.id).plaintext],
  ])('is said of %s', async (_what, make) => exactly(await make()));

  test('is said of a token signed with another key, or for another server', async () => {
    const claims = decodeJwt(await tokenOf(pipeline));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const state = await app.auth.credentialState(pipeline.clientId);
    const own = await app.auth.keyring.signer(state?.acceptedKids ?? []);
    const header = { alg: 'ES256', typ: 'at+jwt', kid: own.kid };
    const signed = (payload: JWTPayload, by: KeyObject) =>
      jwsOf(JSON.stringify(header), JSON.stringify(payload), by);
    await exactly(signed(claims, privateKey));
    await exactly(signed({ ...claims, aud: 'https://elsewhere.example/graphql' }, own.privateKey));
    await exactly(signed({ ...claims, aud: [] }, own.privateKey));
    expect(await ask(signed(claims, own.privateKey))).toMatchObject({ active: true });
  });

  test('is said at once of what belonged to a credential that is revoked', async () => {
    const [owner, revokedKey] = [await createClient(admin), await createApiKey(admin)];
    const token = await tokenOf(owner);
    for (const given of [token, revokedKey.apiKey]) expect(await ask(given)).toMatchObject({ active: true });
    for (const { credential } of [owner, revokedKey])
      await admin.run(RevokeCredentialDocument, { input: { id: credential.id } });
    for (const given of [token, revokedKey.apiKey]) await exactly(given);
  });

  test('is said while the owner is deactivated, and for good when the owner is deleted', async () => {
    const { createAccount } = await admin.run(CreateAccountDocument, {
      input: { kind: 'SERVICE_ACCOUNT', name: 'Robot' },
    });
    const id = createAccount.account?.id ?? '';
    const owned = await createClient(admin, ['USERS'], id);
    const ownedKey = await createApiKey(admin, ['USERS'], id);
    const given = [await tokenOf(owned), ownedKey.apiKey];
    await admin.run(DeactivateAccountDocument, { input: { id } });
    for (const one of given) await exactly(one);
    await admin.run(ReactivateAccountDocument, { input: { id } });
    for (const one of given) expect(await ask(one)).toMatchObject({ active: true });
    await admin.run(DeleteAccountDocument, { input: { id } });
    for (const one of given) await exactly(one);
  });

  test('is said to nobody of a suspended organisation, and to nobody of another', async () => {
    const suspend = (status: 'ACTIVE' | 'SUSPENDED') =>
      app.db.updateTable('organizations').set({ status }).where('name', '=', 'Globex').execute();
    const token = await tokenOf(theirs.client);
    expect(await introspected(app, basic(theirs.client), token)).toMatchObject({ active: true });
    await suspend('SUSPENDED');
    expect((await introspection(app, basic(theirs.client), token)).status).toBe(401);
    await exactly(token);
    await suspend('ACTIVE');
  });

  test('is said of a token when none of its scopes is left, and scopes that are gone are not told', async () => {
    const owner = await createClient(admin, ['CONVERSATIONS', 'USERS']);
    const [both, one] = [await tokenOf(owner), await tokenOf(owner, 'conversations:read')];
    const keep = (...scopes: ('USERS' | 'CONVERSATIONS' | 'INTERACTIONS')[]) =>
      admin.run(UpdateCredentialDocument, { input: { id: owner.clientId, scopes } });
    await keep('USERS', 'INTERACTIONS');
    expect(await ask(both)).toMatchObject({ active: true, scope: 'users:read' });
    await exactly(one);
    await keep('USERS', 'CONVERSATIONS', 'INTERACTIONS');
    expect(await ask(both)).toMatchObject({ scope: 'conversations:read users:read' });
    expect(await ask(one)).toMatchObject({ scope: 'conversations:read' });
  });

  test('is said of a token that has run out, or whose signing key is retired', async () => {
    const [short, long] = [await tokenOf(pipeline), await tokenOf(pipeline, 'users:read')];
    app.clock.advance(59);
    expect(await ask(short)).toMatchObject({ active: true });
    app.clock.advance(2);
    await exactly(short);
    await app.db.transaction().execute((tx) => rotateSigningKey(tx, app.keys, 'ES256', app.clock.now()));
    expect(await ask(long)).toMatchObject({ active: true });
    const now = app.clock.now();
    await app.db
      .updateTable('signing_keys')
      .set({ accepted_until: now, signs_from: now })
      .where('accepted_until', 'is not', null)
      .execute();
    await exactly(long);
    app.clock.advance(1_000);
    admin = await signedIn(app);
    expect(await ask(await tokenOf(pipeline))).toMatchObject({ active: true });
  });
});

describe('nobody asks unseen', () => {
  const send = (authorization: string | undefined, body: Record<string, string>) =>
    rawRequest(app, '/oauth/v1/introspect', {
      method: 'POST',
      headers: authorization === undefined ? {} : { Authorization: authorization },
      body: new URLSearchParams(body),
    });

  test('a caller without, or with a wrong, client secret is refused as the token endpoint does it', async () => {
    const wrong = { ...asking, clientSecret: pipeline.clientSecret };
    for (const reply of [
      await send(undefined, { token: key.apiKey }),
      await send(undefined, { token: key.apiKey, client_id: asking.clientId }),
      await send(basic(wrong), { token: key.apiKey }),
    ]) {
      expect([reply.status, JSON.parse(reply.body).error]).toEqual([401, 'invalid_client']);
      expect(reply.headers['www-authenticate']).toMatch(/^Basic realm=/);
    }
  });

  test('a bearer that is not a live key or token is refused with a challenge, a session among them', async () => {
    const spare = await createApiKey(admin);
    await admin.run(RevokeCredentialDocument, { input: { id: spare.credential.id } });
    const live = await tokenOf(pipeline);
    const replies = [];
    for (const bearer of [spare.apiKey, 'x', `${live}x`, admin.authorization?.slice(7), asking.clientSecret])
      replies.push(await send(`Bearer ${bearer}`, { token: live }));
    for (const reply of replies) {
      expect([reply.status, JSON.parse(reply.body).error]).toEqual([401, 'invalid_token']);
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="latchkey", error="invalid_token"');
      expect(reply).toEqual(replies[0]);
    }
  });

  test('two ways at once, no token, two tokens, or a token in the URL are refused', async () => {
    const { clientId: client_id, clientSecret: client_secret } = asking;
    const bearer = `Bearer ${key.apiKey}`;
    for (const reply of [
      await send(bearer, { token: 'x', client_id, client_secret }),
      await send(basic(asking), { token: 'x', client_secret }),
      await send(basic(asking), {}),
      await send(basic(asking), { token: '' }),
      await rawRequest(app, '/oauth/v1/introspect?token=x', { method: 'POST' }),
      await rawRequest(app, '/oauth/v1/introspect', {
        method: 'POST',
        headers: { Authorization: bearer, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'token=x&token=y',
      }),
    ]) {
      expect([reply.status, JSON.parse(reply.body).error]).toEqual([400, 'invalid_request']);
    }
  });

  test('another method is refused with the one that is allowed', async () => {
    const reply = await rawRequest(app, '/oauth/v1/introspect');
    expect([reply.status, reply.headers.allow]).toEqual([405, 'POST, OPTIONS']);
  });
});

describe('the standard clients introspect unchanged', () => {
  test('oauth4webapi', async () => {
    const token = await tokenOf(pipeline);
    const as = { issuer, introspection_endpoint: `${app.url}/oauth/v1/introspect` };
    const caller = { client_id: asking.clientId };
    for (const authentication of [
      oauth.ClientSecretBasic(asking.clientSecret),
      oauth.ClientSecretPost(asking.clientSecret),
    ]) {
      for (const [given, active] of [
        [token, true],
        [key.apiKey, true],
        ['x', false],
      ] as const) {
        const response = await oauth.introspectionRequest(as, caller, authentication, given, {
          [oauth.allowInsecureRequests]: true,
        });
        expect(await oauth.processIntrospectionResponse(as, caller, response)).toMatchObject({ active });
      }
    }
  });

  test('@badgateway/oauth2-client', async () => {
    const { clientId, clientSecret } = asking;
    const endpoints = { introspectionEndpoint: '/oauth/v1/introspect' };
    const one = new OAuth2Client({ server: app.url, clientId, clientSecret, ...endpoints });
    const token = { accessToken: await tokenOf(pipeline), expiresAt: null, refreshToken: null };
    expect(await one.introspect(token)).toMatchObject({ active: true, client_id: pipeline.clientId });
    expect(await one.introspect({ ...token, accessToken: 'x' })).toEqual(inactive);
  });

  test('openid-client', async () => {
    const server = { issuer, introspection_endpoint: `${app.url}/oauth/v1/introspect` };
    const configuration = new client.Configuration(server, asking.clientId, asking.clientSecret);
    client.allowInsecureRequests(configuration);
    const token = await tokenOf(pipeline);
    expect(await client.tokenIntrospection(configuration, token)).toMatchObject({
      active: true,
      client_id: pipeline.clientId,
    });
    expect(await client.tokenIntrospection(configuration, 'x', { token_type_hint: 'access_token' })).toEqual(
      inactive,
    );
  });
});
