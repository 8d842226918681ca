// What /metrics tells of the whole app: counts by words of our own, for this machine or whoever has the token.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import { refusalReasons } from '../../src/errors.ts';
import { createApiKey, createClient, requestToken, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { conversation } from '../support/records.ts';

const token = 'm'.repeat(32);
let app: TestApp;
let secrets: string[];

beforeAll(async () => {
  app = await startApp(undefined, { metricsToken: token, requestsPerCredential: 30 });
});
afterAll(() => app.close());

const read = async (): Promise<string> => (await fetch(`${app.url}/metrics`)).text();

/** The value of a series; the sum of all whose labels hold what is named. */
async function value(name: string, labels: Record<string, string> = {}): Promise<number> {
  const wanted = Object.entries(labels).map(([label, is]) => `${label}="${is}"`);
  return (await read())
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((pair) => line.includes(pair)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** By how much a series grows while something happens. */
async function growth(work: () => Promise<unknown>, name: string, labels?: Record<string, string>) {
  const before = await value(name, labels);
  await work();
  return (await value(name, labels)) - before;
}

const graphql = (authorization: string | undefined, query = '{ conversations(first: 1) { totalCount } }') =>
  fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(authorization && { Authorization: authorization }) },
    body: JSON.stringify({ query }),
  });

describe('refusals', () => {
  const refused = (reason: string, work: () => Promise<unknown>, code = 'UNAUTHENTICATED') =>
    growth(work, 'latchkey_problems_total', { code, reason });

  test('are counted by the reason that nobody outside is told', async () => {
    const admin = await signedIn(app);
    const { apiKey, credential } = await createApiKey(admin);
    const client = await createClient(admin);
    const issued = (await requestToken(app, client)).body.access_token as string;
    secrets = [apiKey, client.clientSecret, issued, credential.id, client.clientId];
    const last = apiKey.at(-1) === 'A' ? 'B' : 'A';
    expect(await refused('forged', () => graphql(`Bearer ${apiKey.slice(0, -1)}${last}`))).toBe(1);
    expect(await refused('missing', () => graphql(undefined))).toBe(1);
    expect(await refused('malformed', () => graphql('Bearer lk_nothing'))).toBe(1);
    const swapped = { clientId: credential.id, clientSecret: client.clientSecret };
    expect(await refused('wrong', () => requestToken(app, swapped), 'INVALID_CLIENT')).toBe(1);
    expect(
      await refused('scope', () => graphql(apiKey, '{ users(first: 1) { totalCount } }'), 'FORBIDDEN'),
    ).toBe(1);
    const scope = { scope: 'users:read' };
    expect(await refused('scope', () => requestToken(app, client, scope), 'INVALID_SCOPE')).toBe(1);
    for (const { id } of [credential, client.credential])
      await admin.run(`mutation { revokeCredential(input: { id: "${id}" }) { userErrors { code } } }`);
    expect(await refused('revoked', () => graphql(apiKey))).toBe(1);
    expect(await refused('revoked', () => graphql(`Bearer ${issued}`))).toBe(1);
    expect(await refused('revoked', () => requestToken(app, client), 'INVALID_CLIENT')).toBe(1);
    const records = `${app.url}/export/v1/records/users`;
    expect(await refused('revoked', () => fetch(records, { headers: { Authorization: apiKey } }))).toBe(1);
    app.clock.advance(3_700);
    expect(await refused('expired', () => graphql(`Bearer ${issued}`))).toBe(1);
  });

  test('of a credential over its limit are counted', async () => {
    const { apiKey } = await createApiKey(await signedIn(app));
    const flood = () => Promise.all(Array.from({ length: 32 }, () => graphql(apiKey)));
    expect(await refused('rate_limit_credential', flood, 'RATE_LIMITED')).toBe(2);
  });

  test('of one operation are counted as its reply tells them, eight of a flood', async () => {
    const { authorization } = await signedIn(app);
    const records = [conversation({ id: 'c0' })];
    await upsertRecords(app.db, app.organization.id, 'conversations', records, app.clock.now());
    const one = 'conversation(id: "c0") { interactions(after: "x") { totalCount } }';
    const flood = Array.from({ length: 12 }, (_, i) => `c${i}: ${one}`).join(' ');
    const refusals = () => graphql(authorization, `{ ${flood} }`);
    expect(await refused('none', refusals, 'BAD_USER_INPUT')).toBe(8);
  });

  test('of attempts to sign in are counted', async () => {
    const attempt = () => signedIn(app, 'nobody@acme.example', 'not the password').catch(() => {});
    expect(await refused('sign_in', attempt)).toBe(1);
    const guesses = async () => {
      for (let i = 0; i < 5; i++) await attempt();
    };
    expect(await refused('attempts', guesses, 'RATE_LIMITED')).toBe(1);
  });
});

describe('work', () => {
  test('is counted: requests by route and status, tokens, batches, and exported rows', async () => {
    const admin = await signedIn(app);
    const client = await createClient(admin, ['USERS']);
    const request = () => requestToken(app, client);
    const route = { route: '/oauth/v1/token', status: '200' };
    expect(await growth(request, 'http_request_duration_seconds_count', route)).toBe(1);
    expect(await growth(request, 'latchkey_access_tokens_issued_total')).toBe(1);
    expect(await growth(request, 'latchkey_state_batch_size_sum', { kind: 'credential' })).toBe(1);
    const overGraphql = () =>
      graphql(
        undefined,
        `mutation { clientCredentialsToken(input: { clientId: "${client.clientId}", clientSecret: "${client.clientSecret}" }) { accessToken } }`,
      );
    expect(await growth(overGraphql, 'latchkey_access_tokens_issued_total')).toBe(1);
    const sessions = { kind: 'session' };
    const ask = () => graphql(admin.authorization, '{ viewer { organization { name } } }');
    expect(await growth(ask, 'latchkey_state_batch_size_sum', sessions)).toBe(1);
    await app.db
      .insertInto('users')
      .values({
        organization_id: app.organization.id,
        id: 'u1',
        access_to_bot: true,
        last_updated_time: '2026-01-01T00:00:00.000Z',
      } as never)
      .execute();
    const { body } = await requestToken(app, client);
    const headers = { Authorization: `Bearer ${body.access_token}` };
    const exported = async () =>
      (await fetch(`${app.url}/export/v1/records/users.ndjson`, { headers })).text();
    expect(await growth(exported, 'latchkey_exported_rows_total', { resource: 'users' })).toBe(1);
  });

  test('by argon2id is counted, and neither what is forged nor what is known already adds to it', async () => {
    const runs = (work: () => Promise<unknown>, queue: string) =>
      growth(work, 'latchkey_argon2_runs_total', { queue });
    const admin = await signedIn(app);
    expect(await runs(() => signedIn(app), 'passwords')).toBe(1);
    const { apiKey } = await createApiKey(admin);
    const last = apiKey.at(-1) === 'A' ? 'B' : 'A';
    expect(await runs(() => graphql(apiKey.slice(0, -1) + last), 'secrets')).toBe(0);
    expect(await runs(() => graphql(apiKey), 'secrets')).toBe(1);
    expect(await runs(() => graphql(apiKey), 'secrets')).toBe(0);
  });

  test('in hand is told: connections, queues, the delay of the event loop, the age of the signing key, and the clock', async () => {
    const text = await read();
    expect(text).toMatch(/^latchkey_database_connections\{pool="main",state="idle"\} \d+$/m);
    expect(text).toMatch(/^latchkey_database_waiting\{pool="main"\} 0$/m);
    expect(text).toMatch(/^latchkey_argon2_jobs\{queue="passwords",state="waiting"\} 0$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    const age = await value('latchkey_signing_key_age_seconds');
    const ahead = await value('latchkey_clock_ahead_of_database_seconds');
    app.clock.advance(100);
    const aheadNow = await value('latchkey_clock_ahead_of_database_seconds');
    // A look-up takes a second at most.
    expect(Math.abs(aheadNow - ahead - 100)).toBeLessThan(2);
    expect((await value('latchkey_signing_key_age_seconds')) - age).toBeGreaterThanOrEqual(100);
  });
});

test('every label is a word of our own, and nothing of a caller is in the metrics', async () => {
  await fetch(`${app.url}/made-up-by-a-client`);
  await fetch(`${app.url}/graphql`, { method: 'PROPFIND' });
  const text = await read();
  const reasons = [...text.matchAll(/reason="([^"]*)"/g)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(8);
  expect([...refusalReasons, 'none']).toEqual(expect.arrayContaining(reasons));
  for (const secret of [...secrets, app.organization.id, 'made-up', 'acme.example', token])
    expect(text).not.toContain(secret);
});

test('whoever has the token reads the metrics through a proxy, and nobody else does', async () => {
  const through = async (authorization: string) =>
    (
      await fetch(`${app.url}/metrics`, {
        headers: { 'X-Forwarded-For': '203.0.113.9', Authorization: authorization },
      })
    ).status;
  expect(await through(`Bearer ${token}`)).toBe(200);
  expect(await through(`Bearer ${token}m`)).toBe(404);
  expect(await through('Bearer undefined')).toBe(404);
  expect(await through('')).toBe(404);
});
