// private_key_jwt: OAuth clients that authenticate with a key of their own (RFC 7523).

import { setTimeout as pause } from 'node:timers/promises';
import { calculateJwkThumbprint, decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forgetExpiredAssertions } from '../../src/auth/client-assertion.ts';
import {
  CreateAccountDocument,
  DeactivateAccountDocument,
  RemoveCredentialKeyDocument,
  RevokeCredentialDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import { Caller, createClient, requestToken, signedIn } from '../support/actors.ts';
import { addOrganization, issuer, startApp, type TestApp } from '../support/app.ts';
import {
  type AssertionChange,
  addKey,
  assertionOf,
  assertionType,
  createKeyClient,
  type KeyClient,
  newKeyPair,
  tokenByAssertion,
} from '../support/assertions.ts';
import { anotherInstance } from '../support/every-answer.ts';

let app: TestApp;
let admin: Caller;
let client: KeyClient;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  client = await createKeyClient(admin, 'ES256', ['CONVERSATIONS', 'USERS']);
});
afterAll(() => app.close());

const nowSeconds = () => Math.floor(app.clock.now().getTime() / 1000);
const usedAssertions = () => app.db.selectFrom('used_assertions').select(['credential_id']).execute();

describe('a client with a key of its own gets a token', () => {
  test.each(['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'])('that is like any other: %s', async (alg) => {
    const holder = await createKeyClient(admin, alg, ['USERS']);
    const { status, body, headers } = await tokenByAssertion(app, await assertionOf(app, holder));
    expect([status, body.token_type, body.scope, body.expires_in]).toEqual([
      200,
      'Bearer',
      'users:read',
      3600,
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(decodeJwt(String(body.access_token)).client_id).toBe(holder.clientId);
    expect((await new Caller(app, `Bearer ${body.access_token}`).send(ViewerDocument)).status).toBe(200);
  });

  test.each(['ES256', 'EdDSA', 'PS256', 'RS256'])('by oauth4webapi and openid-client: %s', async (alg) => {
    const holder = await createKeyClient(admin, alg, ['USERS']);
    const server = { issuer, token_endpoint: `${app.url}/oauth/v1/token` };
    const jwt = oauth.PrivateKeyJwt(holder.key.privateKey);
    const parameters = new URLSearchParams({ scope: 'users:read' });
    const plain = { [oauth.allowInsecureRequests]: true };
    const described = { client_id: holder.clientId };
    const reply = await oauth.clientCredentialsGrantRequest(server, described, jwt, parameters, plain);
    const first = await oauth.processClientCredentialsResponse(server, described, reply);
    const configuration = new openid.Configuration(
      server,
      holder.clientId,
      undefined,
      openid.PrivateKeyJwt(holder.key.privateKey),
    );
    openid.allowInsecureRequests(configuration);
    const second = await openid.clientCredentialsGrant(configuration, { scope: 'users:read' });
    for (const { access_token: token } of [first, second]) {
      expect((await new Caller(app, `Bearer ${token}`).send(ViewerDocument)).status).toBe(200);
    }
  });

  const good: [why: string, change: () => AssertionChange][] = [
    ['the issuer as the only one of a list', () => ({ claims: { aud: [issuer] } })],
    ['the kid of its key', () => ({ header: { kid: thumbprint } })],
    ['the type JWT', () => ({ header: { typ: 'JWT' } })],
    ['the type of its own', () => ({ header: { typ: 'client-authentication+jwt' } })],
    ['the type in full and capitals', () => ({ header: { typ: 'application/Client-Authentication+JWT' } })],
    ['a header parameter that says nothing to us', () => ({ header: { x5t: 'AAAA' } })],
    ['no iat', () => ({ claims: { iat: undefined } })],
    ['a fraction of a second', () => ({ claims: { exp: nowSeconds() + 60.5 } })],
    ['five minutes to live', () => ({ claims: { exp: nowSeconds() + 300 } })],
    ['a clock four seconds ahead', () => ({ claims: { iat: nowSeconds() + 4, nbf: nowSeconds() + 4 } })],
    ['a clock three seconds behind its end', () => ({ claims: { exp: nowSeconds() - 3 } })],
    ['a jti of 256 characters', () => ({ claims: { jti: crypto.randomUUID().padEnd(256, 'é') } })],
    ['claims that say nothing to us', () => ({ claims: { htu: 'x', __proto__: { exp: 1 } } })],
  ];
  let thumbprint: string;
  test.each(good)('for an assertion with %s', async (_why, change) => {
    thumbprint = await calculateJwkThumbprint(client.key.jwk);
    const assertion = await assertionOf(app, client, change());
    expect((await tokenByAssertion(app, assertion)).status).toBe(200);
  });

  test('whether client_id is in the request or not, and for scopes and resources like any other', async () => {
    const ask = async (parameters: Record<string, string>) =>
      tokenByAssertion(app, await assertionOf(app, client), parameters);
    expect((await ask({ client_id: client.clientId })).status).toBe(200);
    expect((await ask({ scope: 'users:read', resource: `${issuer}/graphql` })).body.scope).toBe('users:read');
    expect((await ask({ scope: 'events:write' })).body.error).toBe('invalid_scope');
    expect((await ask({ resource: `${issuer}/events` })).body.error).toBe('invalid_target');
  });

  test('beside its secret, which goes on working', async () => {
    expect((await requestToken(app, client)).status).toBe(200);
  });

  test('with any of its keys; a key that is removed gets no token from the next request on', async () => {
    const { clientId, key } = await createKeyClient(admin, 'ES256');
    const next = { clientId, key: await newKeyPair('EdDSA') };
    next.key.jwk.kid = 'next';
    await addKey(admin, clientId, next.key);
    expect((await tokenByAssertion(app, await assertionOf(app, { clientId, key }))).status).toBe(200);
    expect((await tokenByAssertion(app, await assertionOf(app, next))).status).toBe(200);
    const { removeCredentialKey } = await admin.run(RemoveCredentialKeyDocument, {
      input: { credentialId: clientId, kid: 'next' },
    });
    expect(removeCredentialKey.credential?.publicKeys).toHaveLength(1);
    expect((await tokenByAssertion(app, await assertionOf(app, next))).body.error).toBe('invalid_client');
    expect((await tokenByAssertion(app, await assertionOf(app, { clientId, key }))).status).toBe(200);
    await addKey(admin, clientId, next.key);
    expect((await tokenByAssertion(app, await assertionOf(app, next))).status).toBe(200);
  });
});

describe('an assertion is refused', () => {
  const header = (change: Record<string, unknown>) => (): AssertionChange => ({ header: change });
  const claims = (change: () => Record<string, unknown>) => (): AssertionChange => ({ claims: change() });
  const badClaims: [why: string, change: () => AssertionChange][] = [
    ['for the token endpoint', claims(() => ({ aud: `${issuer}/oauth/v1/token` }))],
    ['for the token endpoint besides', claims(() => ({ aud: [issuer, `${issuer}/oauth/v1/token`] }))],
    ['for this issuer twice', claims(() => ({ aud: [issuer, issuer] }))],
    ['for this issuer with a slash', claims(() => ({ aud: `${issuer}/` }))],
    ['for this issuer in capitals', claims(() => ({ aud: issuer.toUpperCase() }))],
    ['for another server', claims(() => ({ aud: 'https://elsewhere.example' }))],
    ['for nobody', claims(() => ({ aud: undefined }))],
    ['for an empty list', claims(() => ({ aud: [] }))],
    ['for a list in a list', claims(() => ({ aud: [[issuer]] }))],
    ['without iss', claims(() => ({ iss: undefined }))],
    ['without sub', claims(() => ({ sub: undefined }))],
    ['from somebody else', claims(() => ({ iss: 'cred_0000000000000000000000' }))],
    ['about somebody else', claims(() => ({ sub: 'cred_0000000000000000000000' }))],
    ['of nobody known', claims(() => ({ iss: nobody, sub: nobody }))],
    ['of SQL', claims(() => ({ iss: "' or 1=1 --", sub: "' or 1=1 --" }))],
    ['of a list', claims(() => ({ iss: [client.clientId], sub: [client.clientId] }))],
    ['without exp', claims(() => ({ exp: undefined }))],
    ['that expired', claims(() => ({ iat: nowSeconds() - 60, exp: nowSeconds() - 6 }))],
    ['whose exp is a text', claims(() => ({ exp: `${nowSeconds() + 60}` }))],
    ['whose exp is far', claims(() => ({ exp: 1e300 }))],
    ['whose exp is null', claims(() => ({ exp: null }))],
    ['that lives for six minutes', claims(() => ({ exp: nowSeconds() + 360 }))],
    ['made an hour ago', claims(() => ({ iat: nowSeconds() - 3600 }))],
    ['made without iat for six minutes', claims(() => ({ iat: undefined, exp: nowSeconds() + 360 }))],
    ['from the future', claims(() => ({ iat: nowSeconds() + 30 }))],
    ['that is not good yet', claims(() => ({ nbf: nowSeconds() + 30 }))],
    ['whose iat is a text', claims(() => ({ iat: `${nowSeconds()}` }))],
    ['whose nbf is a text', claims(() => ({ nbf: `${nowSeconds()}` }))],
    ['without jti', claims(() => ({ jti: undefined }))],
    ['with an empty jti', claims(() => ({ jti: '' }))],
    ['with a jti that is a number', claims(() => ({ jti: 1 }))],
    ['with a jti of 257 characters', claims(() => ({ jti: 'a'.repeat(257) }))],
    ['of more than 4096 characters', claims(() => ({ padding: 'a'.repeat(4096) }))],
    ['of the type of an access token', header({ typ: 'at+jwt' })],
    ['of the type of a DPoP proof', header({ typ: 'dpop+jwt' })],
    ['of an empty type', header({ typ: '' })],
    ['of a type that is no text, and cannot become one', header({ typ: { toString: 0 } })],
    ['that brings its key', () => ({ header: { jwk: client.key.jwk } })],
    ['that says where its key is', header({ jku: 'http://127.0.0.1:9/keys' })],
    ['that says where its certificate is', header({ x5u: 'http://127.0.0.1:9/certificate' })],
    ['that brings its certificate', header({ x5c: ['AAAA'] })],
    ['with another kid', header({ kid: 'another' })],
    ['with a kid of SQL', header({ kid: "' or 1=1 --" })],
    ['with a kid that is a path', header({ kid: '../../etc/passwd\0' })],
  ];
  const nobody = 'cred_0000000000000000000000';

  /** As a client with the wrong secret is: the same status, headers, and body. */
  async function expectRefused(assertion: string, parameters: Record<string, string> = {}) {
    const before = await usedAssertions();
    const seen = await tokenByAssertion(app, assertion, parameters, { 'X-Request-Id': 'the-same-id' });
    const wrong = await fetch(`${app.url}/oauth/v1/token`, {
      method: 'POST',
      headers: { 'X-Request-Id': 'the-same-id' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.clientId,
        client_secret: 'x',
      }),
    });
    const headersOf = (headers: Headers) => [...headers].filter(([name]) => name !== 'date');
    expect([seen.status, seen.body, headersOf(seen.headers)]).toEqual([
      401,
      await wrong.json(),
      headersOf(wrong.headers),
    ]);
    expect(await usedAssertions()).toEqual(before);
  }

  test.each(badClaims)('%s', async (_why, change) => {
    await expectRefused(await assertionOf(app, client, change()));
  });

  test.each<[why: string, make: () => Promise<string> | string]>([
    ['signed with another key', async () => assertionOf(app, client, { key: await newKeyPair('ES256') })],
    [
      'signed with a key of another algorithm',
      async () => assertionOf(app, client, { key: await newKeyPair('EdDSA') }),
    ],
    ['unsigned', async () => new UnsecuredJWT(decodeJwt(await assertionOf(app, client))).encode()],
    [
      'unsigned, under the header of a signed one',
      async () => {
        const [head, payload] = (await assertionOf(app, client)).split('.');
        return `${head}.${payload}.`;
      },
    ],
    [
      'signed with zeros',
      async () => {
        const [head, payload] = (await assertionOf(app, client)).split('.');
        return `${head}.${payload}.${Buffer.alloc(64).toString('base64url')}`;
      },
    ],
    [
      'signed with HS256 and the public key',
      async () =>
        new SignJWT(decodeJwt(await assertionOf(app, client)))
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode(JSON.stringify(client.key.jwk))),
    ],
    ['with critical parameters', async () => withHeader({ crit: ['b64'], b64: true })],
    ['with critical parameters that nobody knows', async () => withHeader({ crit: ['x'], x: 1 })],
    ['with a payload that is not encoded', async () => withHeader({ b64: false })],
    ['that is no JWT', () => 'x'],
    ['of five parts', () => 'a.b.c.d.e'],
    [
      'whose header is no JSON',
      async () => `eA.${(await assertionOf(app, client)).split('.').slice(1).join('.')}`,
    ],
    ['whose claims are no JSON', () => withPayload('x')],
    ['whose claims are a list', () => withPayload('[]')],
    ['whose claims are null', () => withPayload('null')],
    ['whose claims are not UTF-8', () => withPayload(Buffer.from([0x22, 0xff, 0x22]))],
    ['whose claims are nested a thousand times', () => withPayload('['.repeat(1000))],
  ])('%s', async (_why, make) => {
    await expectRefused(await make());
  });

  const withPayload = (payload: string | Buffer) =>
    `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.${Buffer.from(payload).toString('base64url')}.AAAA`;

  /** Signed as it stands: jose would not write such headers. */
  async function withHeader(change: Record<string, unknown>): Promise<string> {
    const [, payload] = (await assertionOf(app, client)).split('.');
    const head = Buffer.from(JSON.stringify({ alg: 'ES256', ...change })).toString('base64url');
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const bytes = Buffer.from(`${head}.${payload}`);
    const signature = await crypto.subtle.sign(algorithm, client.key.privateKey, bytes);
    return `${head}.${payload}.${Buffer.from(signature).toString('base64url')}`;
  }

  test('for an RSA key under the other RSA algorithm', async () => {
    const holder = await createKeyClient(admin, 'RS256');
    const { privateKey } = await newKeyPair('PS256');
    const pkcs8 = await crypto.subtle.exportKey('jwk', holder.key.privateKey);
    const asPss = { name: 'RSA-PSS', hash: 'SHA-256' };
    const same = await crypto.subtle.importKey('jwk', { ...pkcs8, alg: 'PS256' }, asPss, true, ['sign']);
    for (const forged of [same, privateKey]) {
      const key = { ...holder.key, alg: 'PS256', privateKey: forged };
      await expectRefused(await assertionOf(app, holder, { key }));
    }
  });

  test('of a client that is another one than client_id, or has no key, or is of another organisation', async () => {
    await expectRefused(await assertionOf(app, client), { client_id: nobody });
    const keyless = await createClient(admin);
    await expectRefused(await assertionOf(app, { clientId: keyless.clientId, key: client.key }));
    await addOrganization(app, 'Globex', 'admin@globex.example');
    const theirs = await createKeyClient(await signedIn(app, 'admin@globex.example'));
    await expectRefused(await assertionOf(app, { clientId: client.clientId, key: theirs.key }));
    await expectRefused(await assertionOf(app, { clientId: theirs.clientId, key: client.key }));
    expect((await tokenByAssertion(app, await assertionOf(app, theirs))).status).toBe(200);
  });

  test('of a client that is revoked or suspended, and its tokens with it', async () => {
    const { createAccount } = await admin.run(CreateAccountDocument, {
      input: { kind: 'SERVICE_ACCOUNT', name: 'Robot' },
    });
    const ownerId = createAccount.account?.id ?? '';
    const suspended = await createKeyClient(admin, 'ES256', ['USERS'], ownerId);
    const revoked = await createKeyClient(admin, 'ES256', ['USERS']);
    const tokens = await Promise.all(
      [suspended, revoked].map(async (holder) => {
        const { body } = await tokenByAssertion(app, await assertionOf(app, holder));
        return new Caller(app, `Bearer ${body.access_token}`);
      }),
    );
    for (const token of tokens) expect((await token.send(ViewerDocument)).status).toBe(200);
    await admin.run(DeactivateAccountDocument, { input: { id: ownerId } });
    await admin.run(RevokeCredentialDocument, { input: { id: revoked.credential.id } });
    for (const holder of [suspended, revoked]) await expectRefused(await assertionOf(app, holder));
    for (const token of tokens) expect((await token.send(ViewerDocument)).status).toBe(401);
  });

  test('beside another way of authenticating, or by half: invalid_request, and it is not used up', async () => {
    const assertion = await assertionOf(app, client);
    const basic = { Authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` };
    const before = await usedAssertions();
    for (const [parameters, headers] of [
      [{}, basic],
      [{}, { Authorization: 'Bearer x' }],
      [{ client_secret: client.clientSecret }, {}],
      [{ client_id: client.clientId, client_secret: client.clientSecret }, {}],
      [{ client_assertion_type: '' }, {}],
      [{ client_assertion: '' }, {}],
      [{ client_assertion: '' }, basic],
    ] as [Record<string, string>, Record<string, string>][]) {
      const { status, body } = await tokenByAssertion(app, assertion, parameters, headers);
      expect([status, body.error]).toEqual([400, 'invalid_request']);
    }
    expect(await usedAssertions()).toEqual(before);
    await expectRefused(assertion, { client_assertion_type: assertionType.replace('jwt', 'saml2') });
    expect((await tokenByAssertion(app, assertion)).status).toBe(200);
  });

  test('for a reason that the log alone tells', async () => {
    const from = app.log.length;
    await expectRefused(await assertionOf(app, client, { claims: { aud: 'x' } }));
    await expectRefused(await assertionOf(app, client, { claims: { jti: '' } }));
    const details = app.log.slice(from).flatMap((line) => JSON.parse(line).detail ?? []);
    expect(details.filter((detail: string) => /audience|jti/.test(detail))).toHaveLength(2);
    expect(app.log.join('\n')).not.toMatch(/eyJ[\w-]+\.[\w-]+/);
  });
});

describe('an assertion is good once', () => {
  test('and a second time it is refused, also by another instance', async () => {
    const other = await startApp(app);
    const assertion = await assertionOf(app, client);
    expect((await tokenByAssertion(app, assertion)).status).toBe(200);
    for (const instance of [app, other]) {
      expect((await tokenByAssertion(instance, assertion)).body.error).toBe('invalid_client');
    }
    await other.close();
  });

  test('on two instances at the same moment: exactly one of twenty uses wins', async () => {
    const other = app.database.url === undefined ? await startApp(app) : await anotherInstance(app, {});
    for (let round = 0; round < 10; round++) {
      const assertion = await assertionOf(app, client);
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, i) => tokenByAssertion(i % 2 ? app : other, assertion)),
      );
      const statuses = replies.map(({ status }) => status).toSorted();
      expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 401)]);
    }
    await other.close();
  });

  test('by its jti, whichever key signed it and whatever else it says', async () => {
    const jti = crypto.randomUUID();
    const key = await newKeyPair('EdDSA');
    await addKey(admin, client.clientId, key);
    expect((await tokenByAssertion(app, await assertionOf(app, client, { claims: { jti } }))).status).toBe(
      200,
    );
    const again = await assertionOf(app, client, { key, claims: { jti, exp: nowSeconds() + 200 } });
    expect((await tokenByAssertion(app, again)).status).toBe(401);
  });

  test('each client having its own: the same jti of another client is another', async () => {
    const claims = { jti: crypto.randomUUID() };
    const other = await createKeyClient(admin);
    for (const holder of [client, other]) {
      expect((await tokenByAssertion(app, await assertionOf(app, holder, { claims }))).status).toBe(200);
    }
  });

  test('and one that gave no token for another reason is used up as well', async () => {
    const assertion = await assertionOf(app, client);
    expect((await tokenByAssertion(app, assertion, { scope: 'events:write' })).body.error).toBe(
      'invalid_scope',
    );
    expect((await tokenByAssertion(app, assertion)).body.error).toBe('invalid_client');
  });

  test('and is forgotten when nobody would accept it any more, and not before', async () => {
    const assertion = await assertionOf(app, client);
    expect((await tokenByAssertion(app, assertion)).status).toBe(200);
    await forgetExpiredAssertions(app.auth);
    app.clock.advance(60);
    await forgetExpiredAssertions(app.auth);
    expect((await tokenByAssertion(app, assertion)).status).toBe(401);
    expect((await usedAssertions()).length).toBeGreaterThan(0);
    app.clock.advance(1_000);
    await Promise.all([forgetExpiredAssertions(app.auth), forgetExpiredAssertions(app.auth), pause(1)]);
    expect(await usedAssertions()).toEqual([]);
    expect((await tokenByAssertion(app, assertion)).status).toBe(401);
  });
});
