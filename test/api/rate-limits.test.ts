// Limits of requests: whoever asks too often is told when to go on, on every surface, and nobody else notices.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anybody, type Caller, createApiKey, createClient, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
});
afterAll(() => app.close());

const newKey = async () => (await createApiKey(admin, ['CONVERSATIONS'])).apiKey;

type Store = 'memory' | 'database';

/** Another instance on the same database, with limits, where nothing was counted yet. */
async function withLimits(
  rateLimitStore: Store,
  [requestsPerCredential, requestsPerOrganization]: readonly [number, number],
  check: (limited: TestApp) => Promise<void>,
) {
  await app.db.deleteFrom('rate_limits').execute();
  const limited = await startApp(app, { rateLimitStore, requestsPerCredential, requestsPerOrganization });
  await check(limited).finally(() => limited.close());
}

const rest = (key: string, on: TestApp) =>
  fetch(`${on.url}/export/v1/records/conversations`, { headers: { Authorization: key } });

const surfaces: Record<string, (key: string, on: TestApp) => Promise<Response>> = {
  REST: rest,
  GraphQL: (key, on) =>
    fetch(`${on.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: '{ conversations(first: 1) { nodes { id } } }' }),
    }),
  'the bulk export': (key, on) =>
    fetch(`${on.url}/export/v1/records/conversations.ndjson`, { headers: { Authorization: key } }),
};

const tokenMutation =
  'mutation ($input: ClientCredentialsTokenInput!) { clientCredentialsToken(input: $input) { expiresIn } }';

const statuses = async (call: () => Promise<Response>, times: number) => {
  const found: number[] = [];
  for (let i = 0; i < times; i++) found.push((await call()).status);
  return found;
};

describe.each<Store>(['memory', 'database'])('counted in the %s', (store) => {
  describe.each(Object.entries(surfaces))('%s', (_name, call) => {
    it('tells what is left, and beyond the limit 429 with Retry-After', async () => {
      await withLimits(store, [2, 100], async (own) => {
        const key = await newKey();
        const first = await call(key, own);
        expect(first.status).toBe(200);
        expect(first.headers.get('ratelimit-policy')).toBe(
          '"credential";q=2;w=60, "organization";q=100;w=60',
        );
        expect(first.headers.get('ratelimit')).toMatch(/^"credential";r=1;t=\d+, "organization";r=99;t=\d+$/);
        await call(key, own);
        const refused = await call(key, own);
        expect(refused.status).toBe(429);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
        expect(refused.headers.get('ratelimit')).toMatch(/^"credential";r=0;t=\d+$/);
        const body = await refused.text();
        expect(body).toContain('RATE_LIMITED');
        expect(body).toContain('more than 2 requests in a minute');
      });
    });
  });

  it('one credential over its limit leaves the others of the organisation theirs', async () => {
    await withLimits(store, [3, 7], async (own) => {
      const [greedy, other, third] = [await newKey(), await newKey(), await newKey()];
      const ask = (key: string) => () => rest(key, own);
      expect(await statuses(ask(greedy), 20)).toEqual([200, 200, 200, ...Array(17).fill(429)]);
      expect(await statuses(ask(other), 4)).toEqual([200, 200, 200, 429]);
      // The organisation has one left.
      expect(await statuses(ask(third), 3)).toEqual([200, 429, 429]);
    });
  });

  it('guesses at a credential take nothing from it', () =>
    withLimits(store, [5, 0], async (own) => {
      const key = await newKey();
      const forged = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
      expect(await statuses(() => rest(forged, own), 10)).toEqual(Array(10).fill(401));
      expect(await statuses(() => rest(key, own), 6)).toEqual([200, 200, 200, 200, 200, 429]);
    }));

  it('a token by GraphQL is one as well, and tells what is left', () =>
    withLimits(store, [1, 0], async (limited) => {
      const { clientId, clientSecret } = await createClient(admin, ['CONVERSATIONS']);
      const ask = () => anybody(limited).send(tokenMutation, { input: { clientId, clientSecret } });
      const first = await ask();
      expect(first.status).toBe(200);
      expect(first.headers.get('ratelimit')).toMatch(/^"credential";r=0;t=\d+$/);
      const refused = await ask();
      expect(refused.status).toBe(429);
      expect(refused.headers.get('ratelimit-policy')).toBe('"credential";q=1;w=60');
    }));

  it('tokens are requests of their client too', () =>
    withLimits(store, [2, 0], async (limited) => {
      const { credential, clientId, clientSecret } = await createClient(admin, ['CONVERSATIONS']);
      expect(credential.id).toBe(clientId);
      const ask = () =>
        fetch(`${limited.url}/oauth/v1/token`, {
          method: 'POST',
          headers: {
            Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
          },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        });
      expect(await statuses(ask, 2)).toEqual([200, 200]);
      const refused = await ask();
      expect(refused.status).toBe(429);
      expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }));
});

it('without limits nothing is said of them', async () => {
  const reply = await rest(await newKey(), app);
  expect(reply.status).toBe(200);
  expect(reply.headers.get('ratelimit')).toBeNull();
  expect(reply.headers.get('ratelimit-policy')).toBeNull();
});
