// Signing keys over two instances on one database, whose clocks differ: a rotation refuses no good token, here or at
// others who keep a copy of the JWKS; a leaked key is refused by everyone at once.

import { setTimeout as pause } from 'node:timers/promises';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  endCompromisedKeys,
  keepSigningKeys,
  rotateSigningKey,
  signingKeyStates,
} from '../../src/auth/key-rotation.ts';
import { startKeySchedule } from '../../src/auth/key-schedule.ts';
import { holdStartLock } from '../../src/db/server-state.ts';
import { listSigningKeys } from '../../src/db/signing-keys.ts';
import type { Transaction } from '../../src/db/tables.ts';
import { createLog } from '../../src/log.ts';
import { ViewerDocument } from '../operations/documents.ts';
import { Caller, createClient, type OAuthClient, requestToken, signedIn } from '../support/actors.ts';
import { type Clock, issuer, startApp, type TestApp } from '../support/app.ts';
import { anotherInstance } from '../support/every-answer.ts';

const policy = { algorithm: 'ES256', rotationDays: 90 } as const;
const day = 86_400;
const skew = 2;

/** The same clock, so many seconds ahead or behind. */
const shifted = (clock: Clock, seconds: number): Clock => ({
  ...clock,
  now: () => new Date(clock.now().getTime() + seconds * 1000),
});

let home: TestApp;
let ahead: TestApp;
let behind: TestApp;
let instances: TestApp[];
let client: OAuthClient;
beforeEach(async () => {
  home = await startApp();
  const another = (seconds: number) => {
    const given = { ...home, clock: shifted(home.clock, seconds) };
    return home.database.url === undefined ? startApp(given) : anotherInstance(given, {});
  };
  ahead = await another(skew);
  behind = await another(-skew);
  instances = [ahead, behind];
  client = await createClient(await signedIn(home), ['USERS']);
});
afterEach(async () => {
  for (const app of [ahead, behind, home]) await app.close();
});

async function tokenOf(app: TestApp): Promise<string> {
  const { status, body } = await requestToken(app, client);
  expect([status, body.error]).toEqual([200, undefined]);
  return String(body.access_token);
}
const kidOf = (token: string) => decodeProtectedHeader(token).kid;
const statusOf = async (app: TestApp, token: string) =>
  (await new Caller(app, `Bearer ${token}`).send(ViewerDocument)).status;
const jwksOf = async (app: TestApp) =>
  (await (await fetch(`${app.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
const underLock = <Result>(work: (tx: Transaction) => Promise<Result>) =>
  home.db.transaction().execute(async (tx) => {
    await holdStartLock(tx);
    return work(tx);
  });
const rotate = () => underLock((tx) => rotateSigningKey(tx, home.keys, 'ES256', ahead.clock.now()));
const endKeys = (kid?: string) =>
  underLock((tx) => endCompromisedKeys(tx, home.keys, { algorithm: 'ES256', kid }, ahead.clock.now()));
const states = async () =>
  signingKeyStates(await listSigningKeys(home.db), home.clock.now()).map(({ state }) => state);

/** Somebody else's resource server: it verifies by a copy of the JWKS that it keeps as long as it may. */
function resourceServer(clock: Clock) {
  let copy: { keys: JSONWebKeySet; until: number } | undefined;
  return async (token: string, from: TestApp) => {
    const now = clock.now().getTime();
    if (!copy || copy.until <= now) copy = { keys: await jwksOf(from), until: now + 300_000 };
    await jwtVerify(token, createLocalJWKSet(copy.keys), {
      issuer,
      audience: `${issuer}/graphql`,
      typ: 'at+jwt',
      currentDate: clock.now(),
      clockTolerance: 2 * skew,
    });
  };
}

test('rotation under traffic refuses no good token: published, then signing, then retired, at every moment', async () => {
  const verifiesElsewhere = resourceServer(home.clock);
  const issued: { token: string; until: number }[] = [];
  const seconds = () => home.clock.now().getTime() / 1000;
  const seen = new Set<string>();
  const oneStep = async () => {
    for (const app of instances)
      issued.push({ token: await tokenOf(app), until: seconds() + 3600 - 2 * skew });
    const good = issued.filter(({ until }) => until > seconds()).map(({ token }) => token);
    for (const app of instances) {
      const statuses = await Promise.all(good.map((token) => statusOf(app, token)));
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
    }
    await Promise.all(
      good.map((token) => verifiesElsewhere(token, instances[issued.length % 2 ? 0 : 1] ?? home)),
    );
    seen.add((await states()).join(' '));
  };
  await oneStep();
  const began = seconds();
  const rotation = await rotate();
  // Short steps where the new key takes over, so that one instance signs with it and the other not yet.
  while (seconds() < began + 890) {
    await oneStep();
    home.clock.advance(147);
  }
  while (seconds() < began + 910) {
    await oneStep();
    home.clock.advance(1);
  }
  while (seconds() < began + 4700) {
    await oneStep();
    home.clock.advance(293);
  }
  await oneStep();
  expect([...seen]).toEqual(['signing', 'signing published', 'accepted signing', 'retired signing']);
  const kids = issued.map(({ token }) => kidOf(token));
  expect(new Set(kids).size).toBe(2);
  expect(kids.at(-1)).toBe(rotation?.kid);
  expect((await jwksOf(behind)).keys.map(({ kid }) => kid)).toEqual([rotation?.kid]);
});

describe('by itself', () => {
  test('a key is rotated when it has signed for so many days, by exactly one of many instances', async () => {
    const looks = (rotationDays: number) =>
      Promise.all(
        [home, ahead, behind, home, ahead, behind].map((app) =>
          keepSigningKeys(app.db, app.keys, { ...policy, rotationDays }, app.clock.now()),
        ),
      );
    const rotations = async (days: number) => (await looks(days)).filter(({ rotation }) => rotation).length;
    expect(await rotations(90)).toBe(0);
    home.clock.advance(90 * day - 10);
    expect(await rotations(90)).toBe(0);
    home.clock.advance(20);
    expect(await rotations(0)).toBe(0);
    expect(await rotations(90)).toBe(1);
    expect(await states()).toEqual(['signing', 'published']);
    home.clock.advance(910);
    expect(await rotations(90)).toBe(0);
    expect(await states()).toEqual(['accepted', 'signing']);
  });

  test('the private half of a retired key is erased, a day after its last token ran out', async () => {
    await rotate();
    const erased = async () => (await keepSigningKeys(home.db, home.keys, policy, home.clock.now())).erased;
    const [old] = await listSigningKeys(home.db);
    home.clock.advance(4600 + day - 60);
    expect(await erased()).toEqual([]);
    home.clock.advance(60);
    expect(await erased()).toEqual([old?.kid]);
    expect(await erased()).toEqual([]);
    expect(await states()).toEqual(['retired', 'signing']);
    expect(await statusOf(behind, await tokenOf(ahead))).toBe(200);
  });

  test('a failure is logged and tried again, and ends nothing', async () => {
    const lines: string[] = [];
    home.clock.advance(91 * day);
    await sql`alter table signing_keys rename to signing_keys_away`.execute(home.db);
    const schedule = startKeySchedule({
      db: home.db,
      keys: home.keys,
      policy,
      now: home.clock.now,
      log: createLog('info', { write: (line) => void lines.push(line) }),
      pauses: { regular: 20, afterFailure: 20 },
    });
    const said = async (text: string) => {
      while (!lines.some((line) => line.includes(text))) await pause(10);
    };
    await said('could not be looked after');
    await sql`alter table signing_keys_away rename to signing_keys`.execute(home.db);
    await said('signing key published');
    await schedule.stop();
    expect(await states()).toEqual(['signing', 'published']);
  });
});

describe('a key that leaked', () => {
  test('is refused by every instance on the next request, and another signs at once', async () => {
    const tokens = [await tokenOf(ahead), await tokenOf(behind)];
    for (const app of instances) for (const token of tokens) expect(await statusOf(app, token)).toBe(200);
    const leaked = kidOf(tokens[0] ?? '');
    const { ended, signer } = await endKeys();
    expect(ended).toEqual([leaked]);
    for (const app of instances) for (const token of tokens) expect(await statusOf(app, token)).toBe(401);
    for (const [from, to] of [
      [ahead, behind],
      [behind, ahead],
    ] as const) {
      const token = await tokenOf(from);
      expect(kidOf(token)).toBe(signer);
      expect(await statusOf(to, token)).toBe(200);
      expect((await jwksOf(to)).keys.map(({ kid }) => kid)).toEqual([signer]);
    }
    expect(await states()).toEqual(['signing', 'compromised']);
    const trail = await (await signedIn(home)).run<{ auditEvents: { nodes: unknown[] } }, unknown>(
      '{ auditEvents(first: 5, filter: { action: [SIGNING_KEY_COMPROMISED] }) { nodes { actorKind targetKind targetId } } }',
    );
    expect(trail.auditEvents.nodes).toEqual([
      { actorKind: 'COMMAND_LINE', targetKind: 'SIGNING_KEY', targetId: leaked },
    ]);
    const rows = await home.db
      .selectFrom('signing_keys')
      .select('sealed_private_key')
      .where('kid', '=', leaked ?? '')
      .execute();
    expect(rows).toEqual([{ sealed_private_key: null }]);
  });

  test('is named alone, while it signs: the published one takes over, and tokens of others stay good', async () => {
    const old = await tokenOf(ahead);
    await rotate();
    home.clock.advance(950);
    const second = await tokenOf(behind);
    const next = await rotate();
    const { signer } = await endKeys(kidOf(second));
    expect(signer).toBe(next?.kid);
    for (const app of instances) {
      expect([await statusOf(app, old), await statusOf(app, second)]).toEqual([200, 401]);
      expect(kidOf(await tokenOf(app))).toBe(signer);
    }
    expect(await states()).toEqual(['accepted', 'signing', 'compromised']);
  });

  test('is named alone, before or after it signs: the one that signs goes on, without an end', async () => {
    const first = await tokenOf(ahead);
    await rotate();
    home.clock.advance(950);
    const second = await tokenOf(behind);
    expect(await endKeys(kidOf(first))).toEqual({ ended: [kidOf(first)], signer: undefined });
    for (const app of instances)
      expect([await statusOf(app, first), await statusOf(app, second)]).toEqual([401, 200]);
    const published = await rotate();
    expect(await endKeys(published?.kid)).toEqual({ ended: [published?.kid], signer: undefined });
    home.clock.advance(day);
    for (const app of instances) {
      const token = await tokenOf(app);
      expect(kidOf(token)).toBe(kidOf(second));
      expect(await statusOf(app, token)).toBe(200);
    }
    expect(await rotate()).toBeDefined();
  });

  test('has a successor whose first token is good everywhere, also under a flood of unknown key ids', async () => {
    const good = await tokenOf(behind);
    const [, claims, signature] = good.split('.');
    const unknown = () => {
      const header = JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: String(Math.random()) });
      return `${Buffer.from(header).toString('base64url')}.${claims}.${signature}`;
    };
    let flooding = true;
    const floods = Array.from({ length: 4 }, async () => {
      while (flooding) expect(await statusOf(behind, unknown())).toBe(401);
    });
    for (let turn = 0; turn < 5; turn++) {
      await endKeys();
      const token = await tokenOf(ahead);
      expect(await statusOf(behind, token)).toBe(200);
    }
    flooding = false;
    await Promise.all(floods);
  });
});

test('a key that cannot be opened does not sign: the one before it goes on', async () => {
  const before = kidOf(await tokenOf(ahead));
  const rotation = await rotate();
  await home.db
    .updateTable('signing_keys')
    .set({ sealed_private_key: 'damaged' })
    .where('kid', '=', rotation?.kid ?? '')
    .execute();
  home.clock.advance(950);
  for (const app of instances) expect(kidOf(await tokenOf(app))).toBe(before);
});
