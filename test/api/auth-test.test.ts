// GET /rest/v1/auth/test: does this key or token work, and what does it open?

import { afterAll, beforeAll, expect, test } from 'vitest';
import { machineHoldMs } from '../../src/auth/uniform-refusal.ts';
import { RevokeCredentialDocument, UpdateCredentialDocument } from '../operations/documents.ts';
import {
  type Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { plainRequest } from '../support/plain-http.ts';
import { rawRequest } from '../support/raw-reply.ts';
import { basic, revocation, testAuth } from '../support/token-endpoints.ts';

let app: TestApp;
let admin: Caller;
let client: OAuthClient;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  client = await createClient(admin, ['CONVERSATIONS', 'USERS', 'EVENTS']);
});
afterAll(() => app.close());

const tokenOf = async (scope: string) =>
  String((await requestToken(app, client, { scope })).body.access_token);

test('an API key works with Bearer and bare, and is told what it is and opens', async () => {
  const { apiKey, credential } = await createApiKey(admin, ['USERS']);
  for (const authorization of [`Bearer ${apiKey}`, `bearer ${apiKey}`, apiKey]) {
    const { status, body, headers } = await testAuth(app, authorization);
    expect([status, JSON.parse(body)]).toEqual([
      200,
      {
        Message: 'Authentication succeeded.',
        credential: { id: credential.id, name: 'Dashboard', authenticationType: 'API_KEY' },
        scopes: ['users:read'],
        tokenExpiresAt: null,
      },
    ]);
    expect(headers['cache-control']).toBe('no-store');
  }
});

test('an access token works, whichever product it is for, and is told when it runs out', async () => {
  for (const [scope, seconds] of [
    ['users:read', 3600],
    ['events:write', 60],
  ] as const) {
    const token = await tokenOf(scope);
    const { status, body } = await testAuth(app, `Bearer ${token}`);
    const { tokenExpiresAt, ...told } = JSON.parse(body);
    expect([status, told]).toEqual([
      200,
      {
        Message: 'Authentication succeeded.',
        credential: {
          id: client.clientId,
          name: 'Nightly export',
          authenticationType: 'OAUTH2_CLIENT_CREDENTIALS',
        },
        scopes: [scope],
      },
    ]);
    const left = (Date.parse(tokenExpiresAt) - app.clock.now().getTime()) / 1000;
    expect(left).toBeGreaterThan(seconds - 30);
    expect(left).toBeLessThanOrEqual(seconds);
  }
});

test('what is told is as things are now: the name, the scopes, and whether it works at all', async () => {
  const { apiKey, credential } = await createApiKey(admin, ['USERS', 'CONVERSATIONS']);
  const { id } = credential;
  await admin.run(UpdateCredentialDocument, { input: { id, name: 'Renamed', scopes: ['CONVERSATIONS'] } });
  const { body } = await testAuth(app, apiKey);
  expect(JSON.parse(body)).toMatchObject({ credential: { name: 'Renamed' }, scopes: ['conversations:read'] });
  await admin.run(RevokeCredentialDocument, { input: { id } });
  expect((await testAuth(app, apiKey)).status).toBe(401);
  const token = await tokenOf('users:read');
  await revocation(app, basic(client), token);
  expect((await testAuth(app, `Bearer ${token}`)).status).toBe(401);
});

test('everything else is 401 with the flat error of the product and a challenge, at one time', async () => {
  const { apiKey } = await createApiKey(admin);
  const refused = [
    'Bearer x',
    `Bearer ${apiKey}x`,
    `Bearer ${await tokenOf('users:read')}x`,
    `Bearer ${client.clientSecret}`,
    basic(client),
    // A person's session is no credential of the API.
    admin.authorization,
  ];
  const bodies = [];
  for (const authorization of refused) {
    const startedAt = performance.now();
    const { status, body, headers } = await testAuth(app, authorization);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(machineHoldMs - 1);
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="latchkey", error="invalid_token"',
    ]);
    bodies.push(body);
  }
  expect(new Set(bodies).size).toBe(1);
  expect(JSON.parse(bodies[0] ?? '')).toEqual({
    code: 'UNAUTHENTICATED',
    message: 'Present a live API key or access token in the Authorization header.',
    requestId: expect.any(String),
  });
  const nothing = await testAuth(app);
  expect([nothing.status, nothing.headers['www-authenticate']]).toEqual([401, 'Bearer realm="latchkey"']);
});

test('a key counts in the header alone, and once', async () => {
  const { apiKey } = await createApiKey(admin);
  expect((await rawRequest(app, `/rest/v1/auth/test?key=${apiKey}&access_token=${apiKey}`)).status).toBe(401);
  const twice = await plainRequest(app.url, {
    method: 'GET',
    path: '/rest/v1/auth/test',
    headers: [
      ['Authorization', `Bearer ${apiKey}`],
      ['Authorization', `Bearer ${apiKey}`],
    ],
  });
  expect([twice.status, twice.headers['www-authenticate']]).toEqual([
    400,
    'Bearer realm="latchkey", error="invalid_request"',
  ]);
  const cookie = { Cookie: `latchkey_session=${admin.authorization?.slice(7)}` };
  expect((await rawRequest(app, '/rest/v1/auth/test', { headers: cookie })).status).toBe(401);
});

test('HEAD answers like GET without the body, and other methods are refused with those allowed', async () => {
  const { apiKey } = await createApiKey(admin);
  const head = await testAuth(app, apiKey, { method: 'HEAD' });
  const get = await testAuth(app, apiKey);
  expect(head).toEqual({ ...get, body: '' });
  expect((await testAuth(app, 'x', { method: 'HEAD' })).status).toBe(401);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const reply = await testAuth(app, apiKey, { method });
    expect([reply.status, reply.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  }
});
