import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotateSigningKey } from '../../src/auth/key-rotation.ts';
import { ClientCredentialsTokenDocument, ViewerDocument } from '../operations/documents.ts';
import {
  anybody,
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  pipeline,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { issuer, startApp, type TestApp } from '../support/app.ts';
import { jwsOf } from '../support/token-forge.ts';

let app: TestApp;
let admin: Caller;
let client: OAuthClient;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  client = await createClient(admin, ['CONVERSATIONS', 'USERS', 'EVENTS']);
});
afterAll(() => app.close());

const accessToken = async (scope?: string) => {
  const { body } = await requestToken(app, client, scope === undefined ? {} : { scope });
  return String(body.access_token);
};
const statusOf = async (authorization: string) =>
  (await new Caller(app, authorization).send(ViewerDocument)).status;

/** The token endpoint's reply to a client that names resources. */
async function tokenFor({ clientId, clientSecret }: OAuthClient, resources: string[], scope?: string) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId });
  body.set('client_secret', clientSecret);
  if (scope !== undefined) body.set('scope', scope);
  for (const resource of resources) body.append('resource', resource);
  const response = await fetch(`${app.url}/oauth/v1/token`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('a token', () => {
  test('is a JWT after RFC 9068 that anyone can verify with the published keys', async () => {
    const token = await accessToken('conversations:read');
    const keys = createRemoteJWKSet(new URL(`${app.url}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer,
      audience: `${issuer}/graphql`,
      typ: 'at+jwt',
    });
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(payload).toMatchObject({
      sub: client.clientId,
      client_id: client.clientId,
      scope: 'conversations:read',
      aud: `${issuer}/graphql`,
    });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(3600);
    expect(payload.jti).toHaveLength(28);
  });

  test('lives as long as the strictest product among its scopes allows', async () => {
    const lifetimes = await Promise.all(
      [undefined, 'users:read', 'events:write', 'users:read events:write'].map(
        async (scope) => (await requestToken(app, client, scope ? { scope } : {})).body.expires_in,
      ),
    );
    expect(lifetimes).toEqual([60, 3600, 60, 60]);
  });

  test('carries what was asked for, or all that the credential has, and says so', async () => {
    const all = await requestToken(app, client);
    expect(all.body).toMatchObject({
      token_type: 'Bearer',
      scope: 'conversations:read users:read events:write',
    });
    expect(all.headers.get('cache-control')).toBe('no-store');
    const some = await requestToken(app, client, { scope: 'users:read' });
    expect(some.body.scope).toBe('users:read');
    expect(decodeJwt(String(some.body.access_token)).scope).toBe('users:read');
  });

  test.each(['interactions:read', 'users:read interactions:read', 'USERS:READ', 'everything', "users:read'"])(
    'is refused for the scope %s',
    async (scope) => {
      const { status, body } = await requestToken(app, client, { scope });
      expect([status, body.error]).toEqual([400, 'invalid_scope']);
    },
  );

  const data = `${issuer}/graphql`;
  const events = `${issuer}/events`;
  test.each<[why: string, resource: string[], scope: string | undefined, scopes: string, seconds: number]>([
    ['the Data API', [data], undefined, 'conversations:read users:read', 3600],
    ['the Events API', [events], undefined, 'events:write', 60],
    ['one scope of the Data API', [data], 'users:read', 'users:read', 3600],
    ['both', [data, events], undefined, 'conversations:read users:read events:write', 60],
    ['both, with scopes', [events, data], 'users:read events:write', 'users:read events:write', 60],
    ['one that is named twice', [events, events], undefined, 'events:write', 60],
  ])(
    'is for exactly the resources named, and lives as they allow: %s',
    async (_why, resource, scope, scopes, seconds) => {
      const { status, body } = await tokenFor(client, resource, scope);
      expect(body).toMatchObject({ scope: scopes, expires_in: seconds });
      expect(status).toBe(200);
      const { aud, iat = 0, exp } = decodeJwt(String(body.access_token));
      expect([aud].flat().toSorted()).toEqual([...new Set(resource)].toSorted());
      expect(exp).toBe(iat + seconds);
    },
  );

  test.each<[why: string, resource: string[], scope: string | undefined]>([
    ['of another server', ['https://elsewhere.example/graphql'], undefined],
    ['of another server, beside one of ours', [data, 'https://elsewhere.example/graphql'], undefined],
    ['with a slash behind it', [`${data}/`], undefined],
    ['with a query', [`${data}?a=b`], undefined],
    ['in capitals', [data.toUpperCase()], undefined],
    ['with a fragment', [`${data}#a`], undefined],
    ['that is relative', ['/graphql'], undefined],
    ['that is the server itself', [issuer], undefined],
    ['without a scope in the request', [data, events], 'users:read'],
    ['that the scopes go beyond', [events], 'users:read'],
    ['that some of the scopes go beyond', [data], 'users:read events:write'],
  ])('is refused for a resource %s', async (_why, resource, scope) => {
    const { status, body } = await tokenFor(client, resource, scope);
    expect([status, body.error]).toEqual([400, 'invalid_target']);
  });

  test('is refused for a resource of which the client has no scope', async () => {
    const reader = await createClient(admin, ['USERS']);
    for (const resource of [[events], [data, events]]) {
      expect((await tokenFor(reader, resource)).body.error).toBe('invalid_target');
    }
    expect((await tokenFor(reader, [data])).status).toBe(200);
  });

  test('is refused for a resource with the wrong secret like any other, before the resource is looked at', async () => {
    const forger = { ...client, clientSecret: `${client.clientSecret}x` };
    expect((await tokenFor(forger, ['https://elsewhere.example/graphql'])).body.error).toBe('invalid_client');
  });

  test('is refused once it has run out', async () => {
    const token = await accessToken('events:write users:read');
    expect(await statusOf(`Bearer ${token}`)).toBe(200);
    app.clock.advance(61);
    expect(await statusOf(`Bearer ${token}`)).toBe(401);
    admin = await signedIn(app);
  });

  test('comes by GraphQL from the same core', async () => {
    const input = {
      clientId: client.clientId,
      clientSecret: client.clientSecret,
      scopes: ['USERS' as const],
    };
    const { clientCredentialsToken: token } = await anybody(app).run(ClientCredentialsTokenDocument, {
      input,
    });
    expect(token).toMatchObject({ tokenType: 'Bearer', expiresIn: 3600, scopes: [{ value: 'users:read' }] });
    expect(await statusOf(`Bearer ${token.accessToken}`)).toBe(200);
    const refused = await anybody(app).send(ClientCredentialsTokenDocument, {
      input: { ...input, scopes: ['INTERACTIONS'] },
    });
    expect([refused.status, refused.errors[0]?.extensions.code]).toEqual([400, 'INVALID_SCOPE']);
    const wrong = await anybody(app).send(ClientCredentialsTokenDocument, {
      input: { ...input, clientSecret: `${client.clientSecret}x` },
    });
    expect([wrong.status, wrong.errors[0]?.extensions.code]).toEqual([401, 'INVALID_CLIENT']);
  });

  test('is verified once for a thousand requests at the same time, and all are good', async () => {
    const replies = await Promise.all(Array.from({ length: 200 }, () => requestToken(app, client)));
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([200]));
    expect(new Set(replies.map((reply) => reply.body.access_token)).size).toBe(200);
  });
});

describe('hostile tokens are refused', () => {
  test('edited, re-signed, unsigned, of another type, or misspelt', async () => {
    const good = await accessToken('users:read');
    const [header = '', payload = '', signature = ''] = good.split('.');
    const { kid = '' } = decodeProtectedHeader(good);
    const claims = decodeJwt(good);
    const foreign = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ]);
    const sign = (typ: string, alg = 'ES256') =>
      new SignJWT(claims).setProtectedHeader({ alg, typ, kid }).sign(foreign.privateKey);
    const jwks = await (await fetch(`${app.url}/.well-known/jwks.json`)).text();
    const confused = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid });
    const last = signature.at(-1) ?? 'A';
    const hostile = [
      await sign('at+jwt'),
      await confused.sign(new TextEncoder().encode(jwks)),
      new UnsecuredJWT(claims).encode(),
      `${header}.${payload}.`,
      `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
      `${header}.${payload}.${signature}=`,
      `${header}.${payload}.${signature.slice(0, -1)}${String.fromCharCode(last.charCodeAt(0) + 1)}`,
      `${header}.${payload}.${signature}.`,
      `${header}.${Buffer.from(JSON.stringify({ ...claims, scope: 'interactions:read' })).toString('base64url')}.${signature}`,
      `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid })).toString('base64url')}.${payload}.`,
      `${good} `.repeat(2).trim(),
      `${good},`,
      'x'.repeat(5000),
    ];
    for (const token of hostile) expect([token, await statusOf(`Bearer ${token}`)]).toEqual([token, 401]);
    expect(await statusOf(`Bearer ${good}`)).toBe(200);
  });

  test('signed with the right key and the wrong claims', async () => {
    const state = await app.auth.credentialState(client.clientId);
    const key = await app.auth.keyring.signer(state?.acceptedKids ?? []);
    const now = Math.floor(app.clock.now().getTime() / 1000);
    const right = {
      iss: issuer,
      aud: `${issuer}/graphql`,
      sub: client.clientId,
      client_id: client.clientId,
      iat: now,
      exp: now + 600,
      jti: 'x',
      scope: 'users:read',
    };
    const sign = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
      jwsOf(
        JSON.stringify({ alg: key.algorithm, typ: 'at+jwt', kid: key.kid, ...header }),
        JSON.stringify(claims),
        key.privateKey,
      );
    expect(await statusOf(`Bearer ${sign(right)}`)).toBe(200);
    const wrong: Record<string, unknown>[] = [
      { iss: `${issuer}/` },
      { aud: `${issuer}/events` },
      { aud: [`${issuer}/graphql`, 'https://elsewhere.example'] },
      { aud: undefined },
      { sub: admin.authorization },
      { client_id: 'cred_0000000000000000000000', sub: 'cred_0000000000000000000000' },
      { exp: now - 1 },
      { exp: `${now + 600}` },
      { exp: 1e300 },
      { exp: undefined },
      { iat: now + 60 },
      { iat: undefined },
      { jti: undefined },
      { scope: undefined },
    ];
    for (const change of wrong) {
      const token = sign({ ...right, ...change });
      expect([change, await statusOf(`Bearer ${token}`)]).toEqual([change, 401]);
    }
    for (const header of [
      { typ: 'JWT' },
      { typ: undefined },
      { jku: 'https://evil.example' },
      { kid: "' or 1=1" },
    ]) {
      expect([header, await statusOf(`Bearer ${sign(right, header)}`)]).toEqual([header, 401]);
    }
  });

  test('sent twice, in a query, or with another scheme', async () => {
    const token = await accessToken('users:read');
    const send = (headers: HeadersInit, path = '') =>
      fetch(`${app.url}/graphql?query={viewer{organization{id}}}${path}`, { headers });
    expect((await send({ Authorization: `Bearer ${token}` })).status).toBe(200);
    expect(
      (
        await send([
          ['Authorization', `Bearer ${token}`],
          ['Authorization', `Bearer ${token}`],
        ])
      ).status,
    ).toBe(401);
    expect((await send({}, `&access_token=${token}`)).status).toBe(401);
    expect((await send({ Authorization: `Basic ${token}` })).status).toBe(401);
  });
});

test('a client secret is no API key, and an API key no client secret', async () => {
  const { apiKey, credential } = await createApiKey(admin);
  expect(await statusOf(`Bearer ${client.clientSecret}`)).toBe(401);
  for (const pair of [
    { clientId: credential.id, clientSecret: apiKey },
    { clientId: client.clientId, clientSecret: apiKey },
    { clientId: credential.id, clientSecret: client.clientSecret },
  ]) {
    expect((await requestToken(app, pair)).body).toMatchObject({ error: 'invalid_client' });
  }
});

test('the published keys have no private member and may be cached', async () => {
  const response = await fetch(`${app.url}/.well-known/jwks.json`);
  const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
  expect(keys).toHaveLength(1);
  expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  expect(response.headers.get('cache-control')).toBe('public, max-age=300');
  const etag = response.headers.get('etag') ?? '';
  const again = await fetch(`${app.url}/.well-known/jwks.json`, { headers: { 'If-None-Match': etag } });
  expect(again.status).toBe(304);
});

test('rotation publishes ahead, then signs, then retires, and refuses no good token', async () => {
  const before = await accessToken('users:read');
  const rotation = await app.db
    .transaction()
    .execute((tx) => rotateSigningKey(tx, app.keys, 'ES256', app.clock.now()));
  const again = await app.db
    .transaction()
    .execute((tx) => rotateSigningKey(tx, app.keys, 'ES256', app.clock.now()));
  expect(again).toBeUndefined();
  const { kid: old } = decodeProtectedHeader(before);
  expect(decodeProtectedHeader(await accessToken('users:read')).kid).toBe(old);
  app.clock.advance(901);
  const after = await accessToken('users:read');
  expect(decodeProtectedHeader(after).kid).toBe(rotation?.kid);
  expect(await statusOf(`Bearer ${before}`)).toBe(200);
  expect(await statusOf(`Bearer ${after}`)).toBe(200);
  app.clock.advance(3600 + 61);
  const { keys } = (await (await fetch(`${app.url}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[];
  };
  expect(keys.map((key) => key.kid)).toEqual([rotation?.kid]);
});

test('a token of another instance on the same database is good here at once', async () => {
  const other = await startApp(app);
  try {
    const reader = await pipeline(other, client, 'users:read');
    expect(await statusOf(reader.authorization ?? '')).toBe(200);
  } finally {
    await other.close();
  }
});
