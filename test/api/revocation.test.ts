// POST /oauth/v1/revoke: a client revokes a single access token, and no instance accepts it from then on.

import { createRequire } from 'node:module';
import { OAuth2Client } from '@badgateway/oauth2-client';
import { sql } from 'kysely';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { forgetExpiredTokens } from '../../src/auth/token-revocation.ts';
import { AuditEventsDocument, ViewerDocument } from '../operations/documents.ts';
import {
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { addOrganization, issuer, startApp, type TestApp } from '../support/app.ts';
import { anotherInstance } from '../support/every-answer.ts';
import { rawRequest } from '../support/raw-reply.ts';
import { watched } from '../support/statements.ts';
import { basic, introspected, respelt, revocation } from '../support/token-endpoints.ts';

let app: TestApp;
/** Another machine's, on the same database. */
let other: TestApp;
let admin: Caller;
let mine: OAuthClient;
let neighbour: OAuthClient;
let theirs: OAuthClient;
beforeAll(async () => {
  app = await startApp();
  other = app.database.url === undefined ? await startApp(app) : await anotherInstance(app, {});
  admin = await signedIn(app);
  mine = await createClient(admin, ['CONVERSATIONS', 'USERS', 'EVENTS']);
  neighbour = await createClient(admin);
  await addOrganization(app, 'Globex', 'admin@globex.example');
  theirs = await createClient(await signedIn(app, 'admin@globex.example'));
});
afterAll(async () => {
  await other.close();
  await app.close();
});

const tokenOf = async (owner: OAuthClient, scope?: string) =>
  String((await requestToken(app, owner, scope === undefined ? {} : { scope })).body.access_token);
const statusAt = async (instance: TestApp, token: string) =>
  (await new Caller(instance, `Bearer ${token}`).send(ViewerDocument)).status;
const statuses = (token: string) => Promise.all([statusAt(app, token), statusAt(other, token)]);
const kept = () => app.db.selectFrom('revoked_tokens').select(['jti', 'expires_at']).execute();
const events = async () =>
  (await admin.run(AuditEventsDocument, { filter: { action: ['TOKEN_REVOKED'] } })).auditEvents.nodes;

describe('a revoked token', () => {
  test('is refused by the very next request on every instance, and the client goes on with its others', async () => {
    const [token, another] = [await tokenOf(mine, 'users:read'), await tokenOf(mine, 'users:read')];
    expect(await statuses(token)).toEqual([200, 200]);
    const reply = await revocation(other, basic(mine), token);
    expect([reply.status, reply.body, reply.headers['cache-control']]).toEqual([200, '{}', 'no-store']);
    expect(await statuses(token)).toEqual([401, 401]);
    expect(await introspected(app, basic(mine), token)).toEqual({ active: false });
    expect(await statuses(another)).toEqual([200, 200]);
    expect(await statuses(await tokenOf(mine, 'users:read'))).toEqual([200, 200]);
  });

  test('is refused in every spelling: there is only one, and what is kept is its id', async () => {
    const token = await tokenOf(mine, 'users:read');
    expect(respelt(token)).not.toBe(token);
    expect(await statuses(respelt(token))).toEqual([401, 401]);
    await revocation(app, basic(mine), respelt(token));
    expect(await statuses(token)).toEqual([200, 200]);
    await revocation(app, basic(mine), token);
    expect(await statuses(token)).toEqual([401, 401]);
    expect(await statuses(respelt(token))).toEqual([401, 401]);
  });

  test('may be revoked again, by several at once, with the same answer and one audit event', async () => {
    const token = await tokenOf(mine, 'users:read');
    const before = (await events()).length;
    const replies = await Promise.all(
      [app, other, app, other, app, other].map((instance) => revocation(instance, basic(mine), token)),
    );
    replies.push(await revocation(app, basic(mine), token, { token_type_hint: 'access_token' }));
    for (const reply of replies) expect(reply).toEqual(replies[0]);
    expect(replies[0]?.status).toBe(200);
    const [event, ...older] = await events();
    expect(older).toHaveLength(before);
    expect(event).toMatchObject({
      action: 'TOKEN_REVOKED',
      actorKind: 'CREDENTIAL',
      actor: null,
      targetKind: 'CREDENTIAL',
      targetId: mine.clientId,
      address: '127.0.0.1',
    });
  });

  test('of the Events API, which the Data API refuses anyway, is revoked too', async () => {
    const token = await tokenOf(mine, 'events:write');
    expect(await introspected(app, basic(mine), token)).toMatchObject({ active: true });
    await revocation(app, basic(mine), token);
    expect(await introspected(app, basic(mine), token)).toEqual({ active: false });
  });

  test.each([
    ['by parameters in the body', 'application/x-www-form-urlencoded'],
    ['by JSON', 'application/json'],
  ])('is revoked %s', async (_way, type) => {
    const token = await tokenOf(mine, 'users:read');
    const parameters = { token, client_id: mine.clientId, client_secret: mine.clientSecret };
    const body =
      type === 'application/json' ? JSON.stringify(parameters) : new URLSearchParams(parameters).toString();
    const init = { method: 'POST', headers: { 'Content-Type': type }, body };
    expect((await rawRequest(app, '/oauth/v1/revoke', init)).status).toBe(200);
    expect(await statusAt(app, token)).toBe(401);
  });
});

describe('what is not revoked', () => {
  test('gets the same 200 when there is nothing to revoke: unknown, forged, cut, run out, or foreign', async () => {
    const [good, foreign] = [await tokenOf(mine, 'users:read'), await tokenOf(theirs)];
    const before = { kept: await kept(), events: await events() };
    const cases = ['x', 'mwt_0', `${good}x`, good.slice(0, -1), good.replace(/\.[^.]*$/, '.AAAA'), foreign];
    for (const token of [...cases, 'é'.repeat(2000), 'x'.repeat(9000)]) {
      const reply = await revocation(app, basic(mine), token, { token_type_hint: 'no such hint' });
      expect([token, reply.status, reply.body]).toEqual([token, 200, '{}']);
    }
    expect({ kept: await kept(), events: await events() }).toEqual(before);
    expect(await statuses(good)).toEqual([200, 200]);
    expect(await statuses(foreign)).toEqual([200, 200]);
  });

  test('is refused when it is of another client of the organisation, and stays good', async () => {
    const token = await tokenOf(neighbour);
    const reply = await revocation(app, basic(mine), token);
    expect([reply.status, JSON.parse(reply.body).error]).toEqual([400, 'unauthorized_client']);
    expect(await statuses(token)).toEqual([200, 200]);
    await revocation(app, basic(neighbour), token);
    expect((await revocation(app, basic(mine), token)).status).toBe(200);
  });

  test('is refused when it is a key or a secret, whose credential is to be revoked', async () => {
    const { apiKey } = await createApiKey(admin);
    for (const token of [apiKey, mine.clientSecret, 'lk_key_x']) {
      const reply = await revocation(app, basic(mine), token);
      expect([reply.status, JSON.parse(reply.body).error]).toEqual([400, 'unsupported_token_type']);
    }
    expect((await new Caller(app, apiKey).send(ViewerDocument)).status).toBe(200);
  });

  test('a caller who is not its client revokes nothing', async () => {
    const token = await tokenOf(mine, 'users:read');
    const { apiKey } = await createApiKey(admin);
    const wrong = basic({ ...mine, clientSecret: neighbour.clientSecret });
    for (const authorization of [wrong, `Bearer ${token}`, `Bearer ${apiKey}`, admin.authorization ?? '']) {
      const reply = await revocation(app, authorization, token);
      expect([reply.status, JSON.parse(reply.body).error]).toEqual([401, 'invalid_client']);
      expect(reply.headers['www-authenticate']).toMatch(/^Basic /);
    }
    expect(await statuses(token)).toEqual([200, 200]);
  });

  test('a request without a token, with two, with one in the URL, or by GET is refused', async () => {
    const token = await tokenOf(mine, 'users:read');
    const send = (body: string, path = '', method = 'POST') =>
      rawRequest(app, `/oauth/v1/revoke${path}`, {
        method,
        headers: { Authorization: basic(mine), 'Content-Type': 'application/x-www-form-urlencoded' },
        ...(method === 'POST' && { body }),
      });
    for (const reply of [await send(''), await send('token='), await send(`token=${token}&token=${token}`)]) {
      expect([reply.status, JSON.parse(reply.body).error]).toEqual([400, 'invalid_request']);
    }
    expect((await send('', `?token=${token}`)).status).toBe(400);
    const byGet = await send('', '', 'GET');
    expect([byGet.status, byGet.headers.allow]).toEqual([405, 'POST, OPTIONS']);
    expect(await statuses(token)).toEqual([200, 200]);
  });
});

test('when the audit event cannot be written, the token is not revoked and the client is told so', async () => {
  const token = await tokenOf(mine, 'users:read');
  await sql`alter table audit_events rename to audit_events_elsewhere`.execute(app.db);
  const reply = await revocation(app, basic(mine), token);
  await sql`alter table audit_events_elsewhere rename to audit_events`.execute(app.db);
  expect([reply.status, JSON.parse(reply.body).error]).toEqual([500, 'server_error']);
  expect(await statuses(token)).toEqual([200, 200]);
});

describe('revoked tokens that have run out', () => {
  test('are forgotten once they have run out on every clock, by several instances at once', async () => {
    const long = await tokenOf(mine, 'users:read');
    const short = await tokenOf(mine, 'events:write users:read');
    for (const token of [long, short]) await revocation(app, basic(mine), token);
    const all = (await kept()).length;
    const soonOut = app.clock.now().getTime() + 61_000;
    const brief = (await kept()).filter(({ expires_at }) => Date.parse(expires_at) < soonOut).length;
    expect(brief).toBeGreaterThan(0);
    app.clock.advance(70);
    await forgetExpiredTokens(app.auth);
    expect(await kept()).toHaveLength(all);
    app.clock.advance(600);
    await Promise.all([app, other, app, other].map(({ auth }) => forgetExpiredTokens(auth)));
    expect(await kept()).toHaveLength(all - brief);
    expect(await statuses(long)).toEqual([401, 401]);
    app.clock.advance(3600);
    await forgetExpiredTokens(other.auth);
    expect(await kept()).toEqual([]);
    expect(await statuses(long)).toEqual([401, 401]);
    admin = await signedIn(app);
  });

  test('are forgotten by a running server by itself', async () => {
    const token = await tokenOf(mine, 'events:write');
    await revocation(app, basic(mine), token);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const third = await startApp(app);
    app.clock.advance(700);
    expect(await kept()).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    await vi.waitFor(async () => expect(await kept()).toEqual([]), { timeout: 20_000 });
    await third.close();
    vi.useRealTimers();
    admin = await signedIn(app);
  });

  test('are forgotten in pieces when there are very many', async () => {
    const old = new Date(app.clock.now().getTime() - 3_600_000);
    const rows = Array.from({ length: 2_500 }, (_, number) => ({
      organization_id: app.organization.id,
      jti: `old ${number}`,
      expires_at: old,
    }));
    await app.db.insertInto('revoked_tokens').values(rows).execute();
    await Promise.all([forgetExpiredTokens(app.auth), forgetExpiredTokens(other.auth)]);
    expect(await kept()).toEqual([]);
  });
});

test('a token is asked about in the statement that reads the state, and a key without any token', async () => {
  const token = await tokenOf(mine, 'users:read');
  const { apiKey } = await createApiKey(admin);
  const twin = await watched(app);
  const statementsOf = async (authorization: string) => {
    twin.statements.length = 0;
    await new Caller(twin, authorization).run('{ viewer { scopes { value } } }');
    return [...twin.statements];
  };
  await statementsOf(`Bearer ${token}`);
  const ofToken = await statementsOf(`Bearer ${token}`);
  const ofKey = await statementsOf(apiKey);
  await twin.close();
  expect([ofToken.length, ofKey.length]).toEqual([1, 1]);
  expect(ofToken[0]?.sql).toContain('revoked_tokens');
  expect(ofToken[0]?.sql).toBe(ofKey[0]?.sql);
  expect(ofToken[0]?.parameters.filter(Array.isArray).map((list) => list.length)).toEqual([1, 1]);
  expect(ofKey[0]?.parameters.filter(Array.isArray).map((list) => list.length)).toEqual([1, 0]);
});

test('many tokens asked about in one turn are each told their own', async () => {
  const tokens = await Promise.all(Array.from({ length: 30 }, () => tokenOf(mine, 'users:read')));
  const revoked = tokens.filter((_, place) => place % 3 === 0);
  await Promise.all(revoked.map((token) => revocation(app, basic(mine), token)));
  const seen = await Promise.all(tokens.map((token) => statusAt(other, token)));
  expect(seen).toEqual(tokens.map((_, place) => (place % 3 === 0 ? 401 : 200)));
});

describe.runIf(inject('engine') === 'postgres')('in an order that is forced', () => {
  /** Runs `meanwhile` while a transaction of somebody else's holds what `hold` takes; then lets go. */
  async function whileHeld(
    hold: ReturnType<typeof sql>,
    end: 'commit' | 'rollback',
    meanwhile: () => Promise<void>,
  ) {
    await app.db.connection().execute(async (connection) => {
      await sql`begin`.execute(connection);
      await hold.execute(connection);
      await meanwhile();
      await sql.raw(end).execute(connection);
    });
  }
  const waiting = () =>
    vi.waitFor(async () => {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(other.db);
      expect(rows).toHaveLength(1);
    });
  const jtiOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti as string;

  test('a token works until the revocation is committed, and no longer than its reply', async () => {
    const token = await tokenOf(mine, 'users:read');
    let answered = false;
    let revoking: Promise<unknown> = Promise.resolve();
    await whileHeld(sql`lock table audit_events in exclusive mode`, 'rollback', async () => {
      revoking = revocation(app, basic(mine), token).then(() => {
        answered = true;
      });
      await waiting();
      expect(await statuses(token)).toEqual([200, 200]);
      expect(answered).toBe(false);
    });
    await revoking;
    expect(await statuses(token)).toEqual([401, 401]);
  });

  test.each(['commit', 'rollback'] as const)(
    'two revocations of one token, the first of which ends in %s, leave it revoked',
    async (end) => {
      const token = await tokenOf(mine, 'users:read');
      const before = (await events()).length;
      let revoking: Promise<{ status: number }> | undefined;
      const expiry = new Date(app.clock.now().getTime() + 3_600_000).toISOString();
      const first = sql`insert into revoked_tokens (organization_id, jti, expires_at)
        values (${app.organization.id}, ${jtiOf(token)}, ${expiry}::timestamptz)`;
      await whileHeld(first, end, async () => {
        revoking = revocation(other, basic(mine), token);
        await waiting();
        expect(await statuses(token)).toEqual([200, 200]);
      });
      expect((await revoking)?.status).toBe(200);
      expect(await statuses(token)).toEqual([401, 401]);
      // The one that wrote it also writes the event; here the first was no client of ours.
      expect((await events()).length - before).toBe(end === 'commit' ? 0 : 1);
    },
  );

  test('forgetting waits for nobody, and leaves what another is forgetting to it', async () => {
    const old = new Date(app.clock.now().getTime() - 3_600_000);
    const rows = ['a', 'b'].map((jti) => ({ organization_id: app.organization.id, jti, expires_at: old }));
    await app.db.insertInto('revoked_tokens').values(rows).execute();
    await whileHeld(sql`delete from revoked_tokens where jti = 'a'`, 'rollback', async () => {
      await forgetExpiredTokens(other.auth);
      const left = (await kept()).map(({ jti }) => jti).filter((jti) => jti.length === 1);
      expect(left).toEqual(['a']);
    });
    await forgetExpiredTokens(other.auth);
  });
});

const trials = inject('engine') === 'postgres' ? 60 : 30;

test(`in ${trials} races no instance accepts a token after its revocation was answered`, async () => {
  const instances = [app, other];
  let before = 0;
  const race = async (place: number) => {
    const token = await tokenOf(mine, 'users:read');
    // Known, it is served no later than who revokes it.
    await Promise.all(instances.map((one) => statusAt(one, token)));
    const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
    const beside = instances.flatMap((instance) =>
      Array.from({ length: 3 }, async () => {
        await pause();
        if ((await statusAt(instance, token)) === 200) before += 1;
      }),
    );
    await pause();
    await revocation(instances[place % 2] as TestApp, basic(mine), token);
    const after = await Promise.all([...instances, ...instances].map((one) => statusAt(one, token)));
    await Promise.all(beside);
    return after;
  };
  const seen: number[] = [];
  for (let done = 0; done < trials; done += 10) {
    seen.push(...(await Promise.all(Array.from({ length: 10 }, (_, place) => race(place)))).flat());
  }
  expect(seen).toHaveLength(trials * 4);
  expect(new Set(seen)).toEqual(new Set([401]));
  expect(before).toBeGreaterThan(0);
});

describe('the standard clients revoke unchanged', () => {
  test('oauth4webapi', async () => {
    const token = await tokenOf(mine, 'users:read');
    const as = { issuer, revocation_endpoint: `${app.url}/oauth/v1/revoke` };
    for (const authentication of [
      oauth.ClientSecretBasic(mine.clientSecret),
      oauth.ClientSecretPost(mine.clientSecret),
    ]) {
      const response = await oauth.revocationRequest(
        as,
        { client_id: mine.clientId },
        authentication,
        token,
        {
          [oauth.allowInsecureRequests]: true,
        },
      );
      expect(await oauth.processRevocationResponse(response)).toBeUndefined();
    }
    expect(await statuses(token)).toEqual([401, 401]);
  });

  test('simple-oauth2', async () => {
    // It has no types.
    const { ClientCredentials } = createRequire(import.meta.url)('simple-oauth2');
    const paths = { tokenHost: app.url, tokenPath: '/oauth/v1/token', revokePath: '/oauth/v1/revoke' };
    const grant = new ClientCredentials({
      client: { id: mine.clientId, secret: mine.clientSecret },
      auth: paths,
    });
    const token = await grant.getToken({ scope: 'users:read' });
    expect(await statuses(String(token.token.access_token))).toEqual([200, 200]);
    await token.revoke('access_token');
    expect(await statuses(String(token.token.access_token))).toEqual([401, 401]);
  });

  test('@badgateway/oauth2-client', async () => {
    const { clientId, clientSecret } = mine;
    const endpoints = { tokenEndpoint: '/oauth/v1/token', revocationEndpoint: '/oauth/v1/revoke' };
    const one = new OAuth2Client({ server: app.url, clientId, clientSecret, ...endpoints });
    const token = await one.clientCredentials({ scope: ['users:read'] });
    await one.revoke(token);
    expect(await statuses(token.accessToken)).toEqual([401, 401]);
  });

  test('openid-client', async () => {
    const token = await tokenOf(mine, 'users:read');
    const server = { issuer, revocation_endpoint: `${app.url}/oauth/v1/revoke` };
    const configuration = new client.Configuration(server, mine.clientId, mine.clientSecret);
    client.allowInsecureRequests(configuration);
    await client.tokenRevocation(configuration, token);
    expect(await statuses(token)).toEqual([401, 401]);
  });
});
