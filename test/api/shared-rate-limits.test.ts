// Limits that hold over all instances on one database: each test has two instances or more.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetExpiredCounts } from '../../src/auth/attempt-limiter.ts';
import { signIn } from '../../src/auth/sessions.ts';
import { type Caller, createApiKey, createClient, signedIn } from '../support/actors.ts';
import { type AppSettings, adminPassword, startApp, type TestApp } from '../support/app.ts';
import { watched } from '../support/statements.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp(undefined, { rateLimitStore: 'database' });
  admin = await signedIn(app);
});
afterAll(() => app.close());
beforeEach(async () => void (await app.db.deleteFrom('rate_limits').execute()));

const newKey = async () => (await createApiKey(admin, ['CONVERSATIONS'])).apiKey;

const started: TestApp[] = [];
afterAll(() => Promise.all(started.map((instance) => instance.close())));

/** An instance on the database of the others, with a memory of its own, and perhaps a clock. */
async function instance(settings: AppSettings, clock = app.clock): Promise<TestApp> {
  const next = await startApp({ ...app, clock }, { rateLimitStore: 'database', ...settings });
  started.push(next);
  return next;
}

const ask = (authorization: string, on: TestApp) =>
  fetch(`${on.url}/export/v1/records/conversations`, { headers: { Authorization: authorization } });

const statuses = async (call: () => Promise<Response>, times: number) => {
  const found: number[] = [];
  for (let i = 0; i < times; i++) found.push((await call()).status);
  return found;
};

const endWindows = () =>
  app.db
    .updateTable('rate_limits')
    .set({ expires_at: new Date(Date.now() - 60_000) })
    .execute();

describe('requests', () => {
  it('of a credential are limited over two instances together, also when they come at once', async () => {
    const both = [
      await instance({ requestsPerCredential: 20 }),
      await instance({ requestsPerCredential: 20 }),
    ];
    const key = await newKey();
    const replies = await Promise.all(both.flatMap((on) => Array.from({ length: 30 }, () => ask(key, on))));
    const accepted = replies.filter(({ status }) => status === 200);
    const left = accepted.map(
      ({ headers }) => /^"credential";r=(\d+);t=\d+$/.exec(headers.get('ratelimit') ?? '')?.[1],
    );
    expect(left.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(40);
    for (const { headers } of refused) {
      const wait = Number(headers.get('retry-after'));
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(60);
      expect(headers.get('ratelimit')).toBe(`"credential";r=0;t=${wait}`);
    }
  });

  it('of an organisation are limited over two instances, and one credential beyond its limit takes nothing', async () => {
    const settings = { requestsPerCredential: 4, requestsPerOrganization: 9 };
    const [one, other] = [await instance(settings), await instance(settings)];
    const [greedy, second, third] = [await newKey(), await newKey(), await newKey()];
    const burst = await Promise.all(
      [one, other].flatMap((on) => Array.from({ length: 25 }, () => ask(greedy, on))),
    );
    expect(burst.filter(({ status }) => status === 200)).toHaveLength(4);
    expect(await statuses(() => ask(second, one), 5)).toEqual([200, 200, 200, 200, 429]);
    expect(await statuses(() => ask(third, other), 3)).toEqual([200, 429, 429]);
    const told = (await ask(third, other)).headers;
    expect(told.get('ratelimit')).toMatch(/^"organization";r=0;t=\d+$/);
  });

  it('tell on each instance what is left over all of them', async () => {
    const settings = { requestsPerCredential: 10, requestsPerOrganization: 100 };
    const [one, other] = [await instance(settings), await instance(settings)];
    const key = await newKey();
    for (const [on, left] of [
      [one, 9],
      [other, 8],
      [one, 7],
    ] as const) {
      const { headers } = await ask(key, on);
      expect(headers.get('ratelimit-policy')).toBe('"credential";q=10;w=60, "organization";q=100;w=60');
      expect(headers.get('ratelimit')).toMatch(
        new RegExp(`^"credential";r=${left};t=\\d+, "organization";r=${90 + left};t=\\d+$`),
      );
    }
  });

  it('go on when the window ends, by the clock of the database', async () => {
    const settings = { requestsPerCredential: 2 };
    const offset = (minutes: number) => ({
      now: () => new Date(app.clock.now().getTime() + minutes * 60_000),
      advance: app.clock.advance,
    });
    const [ahead, behind] = [await instance(settings, offset(10)), await instance(settings, offset(-10))];
    const key = await newKey();
    expect(await statuses(() => ask(key, ahead), 1)).toEqual([200]);
    expect(await statuses(() => ask(key, behind), 1)).toEqual([200]);
    expect(await statuses(() => ask(key, ahead), 1)).toEqual([429]);
    await endWindows();
    expect(await statuses(() => ask(key, behind), 3)).toEqual([200, 200, 429]);
  });

  it('are still counted after a restart, and a refused caller costs no statement', async () => {
    const settings = { requestsPerCredential: 3 };
    const before = await instance(settings);
    const key = await newKey();
    expect(await statuses(() => ask(key, before), 3)).toEqual([200, 200, 200]);
    const after = await instance(settings);
    expect(await statuses(() => ask(key, after), 10)).toEqual(Array(10).fill(429));
    const { points } = await app.db.selectFrom('rate_limits').select('points').executeTakeFirstOrThrow();
    expect(points).toBe(4);
  });

  it('with a revoked token take nothing from its client', async () => {
    const limited = await instance({ requestsPerCredential: 3 });
    const { clientId, clientSecret } = await createClient(admin, ['CONVERSATIONS']);
    const post = (path: string, form: Record<string, string>, on: TestApp) =>
      fetch(on.url + path, {
        method: 'POST',
        headers: { Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
        body: new URLSearchParams(form),
      });
    const token = async (on: TestApp) =>
      (
        (await (await post('/oauth/v1/token', { grant_type: 'client_credentials' }, on)).json()) as {
          access_token: string;
        }
      ).access_token;
    const [leaked, kept] = [await token(app), await token(app)];
    await post('/oauth/v1/revoke', { token: leaked }, app);
    expect(await statuses(() => ask(`Bearer ${leaked}`, limited), 10)).toEqual(Array(10).fill(401));
    expect(await statuses(() => ask(`Bearer ${kept}`, limited), 4)).toEqual([200, 200, 200, 429]);
  });

  it('that the database cannot count are counted by each instance, which says so', async () => {
    const settings = { requestsPerCredential: 2 };
    const [one, other] = [await instance(settings), await instance(settings)];
    const key = await newKey();
    await app.db.schema.alterTable('rate_limits').renameTo('rate_limits_away').execute();
    try {
      for (const on of [one, other]) expect(await statuses(() => ask(key, on), 3)).toEqual([200, 200, 429]);
      await signedIn(other);
      const metrics = await (await fetch(`${one.url}/metrics`)).text();
      expect(metrics).toMatch(/^latchkey_rate_limits_counted_in_memory_total 3$/m);
    } finally {
      await app.db.schema.alterTable('rate_limits_away').renameTo('rate_limits').execute();
    }
    expect(await statuses(() => ask(key, one), 3)).toEqual([200, 200, 429]);
  });
});

describe('attempts to sign in', () => {
  const email = 'admin@acme.example';
  const from = (address: string) => ({ address, userAgent: undefined, requestId: undefined });
  const attempt = (on: TestApp, address: string, password: string, as = email) =>
    signIn(on.auth, from(address), { email: as, password }).then(
      () => 'SIGNED_IN',
      (error: { code: string; retryAfterSeconds?: number }) =>
        error.code === 'RATE_LIMITED' && Number(error.retryAfterSeconds) <= 30 ? 'WAIT' : error.code,
    );
  const guesses = async (on: readonly TestApp[], address: string, as = email) => {
    const found: string[] = [];
    for (const each of on) found.push(await attempt(each, address, 'guess guess guess', as));
    return found;
  };

  it('are five from one address over all instances, also after a restart; the owner signs in from elsewhere', async () => {
    const [one, other] = [await instance({}), await instance({})];
    expect(await guesses([one, other, one, other, one, other, one], '192.0.2.1')).toEqual([
      ...Array(5).fill('UNAUTHENTICATED'),
      'WAIT',
      'WAIT',
    ]);
    expect(await attempt(await instance({}), '192.0.2.1', adminPassword)).toBe('WAIT');
    expect(await attempt(one, '192.0.2.2', adminPassword)).toBe('SIGNED_IN');
  });

  it('that come all at once are counted one after another, in few statements', async () => {
    const twin = await watched(app, { rateLimitStore: 'database' });
    started.push(twin);
    const attempts = (address: string, times: number) =>
      Array.from({ length: times }, () =>
        twin.auth.signInLimiter.attempt(address, email).then(
          () => 'MAY',
          ({ code }) => code,
        ),
      );
    const [few, many] = [attempts('192.0.2.8', 4), attempts('192.0.2.9', 70)];
    expect(await Promise.all(few)).toEqual(Array(4).fill('MAY'));
    expect(await Promise.all(many)).toEqual([...Array(5).fill('MAY'), ...Array(65).fill('RATE_LIMITED')]);
    expect(twin.statements.length).toBeLessThan(10);
  });

  it('stay counted after the right password, which is not counted itself, and begin anew after the wait', async () => {
    const [one, other] = [await instance({}), await instance({})];
    expect(await guesses([one, other, one, other], '192.0.2.3')).toEqual(Array(4).fill('UNAUTHENTICATED'));
    for (const on of [other, one, other, one])
      expect(await attempt(on, '192.0.2.3', adminPassword)).toBe('SIGNED_IN');
    expect(await guesses([other, one], '192.0.2.3')).toEqual(['UNAUTHENTICATED', 'WAIT']);
    await endWindows();
    expect(await attempt(other, '192.0.2.3', adminPassword)).toBe('SIGNED_IN');
  });

  it('of which one was right when its window had ended take nothing off the next one', async () => {
    const limiter = app.auth.signInLimiter;
    await limiter.attempt('192.0.2.5', email);
    await endWindows();
    await limiter.succeeded('192.0.2.5', email);
    await limiter.attempt('192.0.2.5', email);
    for (let i = 0; i < 3; i++) await limiter.succeeded('192.0.2.5', email);
    expect(await guesses(Array(6).fill(app), '192.0.2.5')).toEqual([
      ...Array(5).fill('UNAUTHENTICATED'),
      'WAIT',
    ]);
  });

  it('leave neither address nor e-mail in the database', async () => {
    await guesses([app], '192.0.2.4', 'my password typed here');
    const rows = await app.db.selectFrom('rate_limits').select('key').execute();
    expect(rows).toHaveLength(2);
    for (const { key } of rows) expect(key).toMatch(/^[\w-]{43}$/);
  });
});

it('counts whose window has ended are forgotten, and no others', async () => {
  await app.auth.signInLimiter.attempt('192.0.2.6', 'a@b.example');
  await endWindows();
  await app.auth.signInLimiter.attempt('192.0.2.7', 'a@b.example');
  await forgetExpiredCounts(app.db);
  expect(await app.db.selectFrom('rate_limits').select('key').execute()).toHaveLength(2);
});
