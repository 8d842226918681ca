// What "revoked" guarantees, under load: two instances on one database are asked in every way there is while credentials
// are revoked, narrowed, reported, and stopped. `npm run bench -- revocation` does the same with four and for longer.

import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createApiKey, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { anotherInstance } from '../support/every-answer.ts';
import { type TrialGround, trialKinds } from '../support/revocation-subject.ts';
import { revocationTrials } from '../support/revocation-trial.ts';

// On the embedded database everything stands in one queue, so there is less to find.
const trials = trialKinds.length * (inject('engine') === 'postgres' ? 20 : 3);

let instances: TestApp[];
let ground: TrialGround;
beforeAll(async () => {
  const first = await startApp();
  const second = first.database.url === undefined ? await startApp(first) : await anotherInstance(first, {});
  instances = [first, second];
  const admin = await signedIn(first);
  ground = {
    urls: instances.map(({ url }) => url),
    session: admin.authorization?.slice('Bearer '.length) ?? '',
    watcher: (await createApiKey(admin)).apiKey,
  };
});
afterAll(async () => {
  for (const app of [...instances].reverse()) await app.close();
});

test(`in ${trials} trials no request that is sent after the answer is accepted anywhere`, async () => {
  const results = await revocationTrials(ground, { trials, atOnce: 8 });
  expect(results).toHaveLength(trials);
  expect(results.flatMap(({ accepted }) => accepted)).toEqual([]);
  for (const { judged, before, refusedMs } of results) {
    expect(before).toBeGreaterThanOrEqual(6);
    expect(judged).toBeGreaterThanOrEqual(2 * 6);
    expect(Object.keys(refusedMs)).toHaveLength(2);
  }
  expect(results.reduce((sum, { inFlight }) => sum + inFlight, 0)).toBeGreaterThan(trials);
});
