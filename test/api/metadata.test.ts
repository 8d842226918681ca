// What clients and resource servers find out by themselves: RFC 8414, RFC 9728, RFC 7517 section 5, over HTTP.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotateSigningKey } from '../../src/auth/key-rotation.ts';
import { type SigningAlgorithm, signingAlgorithms } from '../../src/auth/signing-keys.ts';
import { scopeValues } from '../../src/scopes.ts';
import {
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { issuer, startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let admin: Caller;
let client: OAuthClient;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  client = await createClient(admin, ['CONVERSATIONS', 'USERS', 'EVENTS']);
});
afterAll(() => app.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(app.url + path, { headers });
const read = async (path: string) => (await get(path)).json() as Promise<Record<string, unknown>>;
/** Where an address of the issuer's is served in this test. */
const local = (uri: unknown) => String(uri).replace(issuer, '');

const documents = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-protected-resource/graphql',
  '/.well-known/jwks.json',
];

describe('the authorization server', () => {
  test('describes itself, with its issuer as it stands in tokens', async () => {
    const metadata = await read('/.well-known/oauth-authorization-server');
    expect(metadata).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/oauth/v1/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      scopes_supported: scopeValues,
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
    });
    const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
    for (const [endpoint, others] of Object.entries({
      token: [],
      introspection: ['Bearer'],
      revocation: [],
    })) {
      expect(metadata[`${endpoint}_endpoint_auth_methods_supported`]).toEqual([...methods, ...others]);
      expect(metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`]).toEqual(
        expect.arrayContaining(['ES256', 'PS256', 'RS256', 'EdDSA']),
      );
    }
    const { body } = await requestToken(app, client);
    const [, claims = ''] = String(body.access_token).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString()).iss).toBe(metadata.issuer);
  });

  test('leads people to a page', async () => {
    const { service_documentation: page } = await read('/.well-known/oauth-authorization-server');
    const reply = await get(local(page), { Accept: 'text/html' });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await reply.text()).toContain('3. Get an access token');
  });

  test('names no endpoint that it does not serve', async () => {
    const metadata = await read('/.well-known/oauth-authorization-server');
    const named = Object.entries(metadata).filter(([name]) => /_endpoint$|_uri$/.test(name));
    expect(named.length).toBeGreaterThanOrEqual(2);
    for (const [name, uri] of named) {
      const reply = await fetch(app.url + local(uri), { method: 'OPTIONS' });
      expect([name, reply.status]).toEqual([name, 204]);
    }
  });

  test('says the same where clients of OpenID Connect look, and promises no login', async () => {
    const metadata = await read('/.well-known/openid-configuration');
    expect(metadata).toEqual(await read('/.well-known/oauth-authorization-server'));
    expect(
      Object.keys(metadata).filter((name) => /authorization_endpoint|id_token|userinfo/.test(name)),
    ).toEqual([]);
  });
});

describe('a protected resource', () => {
  test('says who issues tokens for it, and what they may carry', async () => {
    expect(await read('/.well-known/oauth-protected-resource/graphql')).toEqual({
      resource: `${issuer}/graphql`,
      authorization_servers: [issuer],
      scopes_supported: scopeValues.filter((scope) => scope !== 'events:write'),
      bearer_methods_supported: ['header'],
    });
  });

  const paths = [
    '/graphql',
    '/export/v1/records/users',
    '/export/v1beta2/records/users',
    '/export/v1/records/users/$count',
    '/export/v1/records/users.ndjson',
  ];

  test.each(paths)(
    '%s leads every caller whom it refuses to its metadata, and a token for it opens it',
    async (path) => {
      const ask = (authorization?: string) =>
        path === '/graphql'
          ? new Caller(app, authorization).send('{ users(first: 1) { nodes { id } } }')
          : get(path, authorization === undefined ? {} : { Authorization: authorization });
      const address = `${issuer}/.well-known/oauth-protected-resource${path}`;
      const { apiKey } = await createApiKey(admin, ['CONVERSATIONS']);
      for (const [authorization, status, error] of [
        [undefined, 401, ''],
        ['Bearer nonsense', 401, ' error="invalid_token",'],
        [apiKey, 403, ' error="insufficient_scope", scope="users:read",'],
      ] as const) {
        const { headers, status: seen } = await ask(authorization);
        expect([seen, headers.get('www-authenticate')]).toEqual([
          status,
          `Bearer realm="latchkey",${error} resource_metadata="${address}"`,
        ]);
      }
      const metadata = await read(local(address));
      expect(metadata.resource).toBe(issuer + path);
      expect(metadata.scopes_supported).toContain('users:read');
      const { body } = await requestToken(app, client, { resource: String(metadata.resource) });
      expect((await ask(`Bearer ${body.access_token}`)).status).toBe(200);
    },
  );

  test('is another thing than the token endpoint, whose challenge names no resource', async () => {
    const { status, headers } = await requestToken(app, { clientId: 'x', clientSecret: 'y' });
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="latchkey", charset="UTF-8"',
    ]);
  });
});

describe.each(documents)('%s', (path) => {
  test('may be kept, and is not sent again while it is the same', async () => {
    const first = await get(path);
    expect(first.status).toBe(200);
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    const etag = first.headers.get('etag') ?? '';
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { 'If-None-Match': known });
      expect([known, again.status, again.headers.get('etag'), await again.text()]).toEqual([
        known,
        304,
        etag,
        '',
      ]);
    }
    expect((await get(path, { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  test('may be read by pages of any site, without their cookies', async () => {
    const { headers } = await get(path, { Origin: 'https://elsewhere.example' });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    const preflight = await fetch(app.url + path, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://elsewhere.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'mcp-protocol-version',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('*');
  });
});

test('the published keys of every algorithm have no private member', async () => {
  const hour = 3600;
  for (const algorithm of signingAlgorithms) {
    await app.db.transaction().execute((tx) => rotateSigningKey(tx, app.keys, algorithm, app.clock.now()));
    app.clock.advance(hour / 2);
  }
  const reply = await get('/.well-known/jwks.json');
  expect(reply.headers.get('content-type')).toBe('application/jwk-set+json');
  const { keys } = (await reply.json()) as { keys: Record<string, unknown>[] };
  const common = ['alg', 'kid', 'kty', 'use'];
  const members = { ES256: [...common, 'crv', 'x', 'y'], RS256: [...common, 'e', 'n'] };
  expect(new Set(keys.map(({ alg }) => alg))).toEqual(new Set(signingAlgorithms));
  for (const key of keys) {
    expect(Object.keys(key).sort()).toEqual(members[key.alg as SigningAlgorithm].sort());
    expect(key.use).toBe('sig');
    if (key.kty === 'RSA') expect(Buffer.from(String(key.n), 'base64url')).toHaveLength(384);
  }
});

test('pages of other sites may read nothing else', async () => {
  for (const path of ['/graphql', '/oauth/v1/token', '/export/v1/records/users']) {
    const { headers } = await get(path, { Origin: 'https://elsewhere.example' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});
