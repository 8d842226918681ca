// One master key is exchanged for another, with servers of before, between, and after on one database: what was made under
// the old one is good for as long as that is accepted, and nothing is for longer.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkMasterKey, WrongMasterKeyError } from '../../src/auth/first-start.ts';
import { keepSigningKeys } from '../../src/auth/key-rotation.ts';
import { deriveServerKeys, type ServerKeys } from '../../src/auth/server-keys.ts';
import { checkSigningKeys, SigningKeyError } from '../../src/auth/signing-keys.ts';
import { CredentialsDocument, ViewerDocument } from '../operations/documents.ts';
import { Caller, createApiKey, createClient, pipeline, requestToken, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';

const after = deriveServerKeys(randomBytes(32));

let before: TestApp;
/** It makes everything under the old one, and accepts the new one: the first step. */
let first: TestApp;
/** It makes everything under the new one, and accepts the old one. */
let second: TestApp;
const apps: TestApp[] = [];

async function under(keys: ServerKeys): Promise<TestApp> {
  const app = await startApp({ ...before, keys });
  apps.push(app);
  return app;
}

beforeAll(async () => {
  before = await startApp();
  apps.push(before);
  await checkMasterKey(before.db, before.keys);
  first = await under({ ...before.keys, accepted: [after] });
  second = await under({ ...after, accepted: [before.keys] });
});
afterAll(async () => {
  for (const app of apps.reverse()) await app.close();
});

/** What a start with these keys does, and the look after the signing keys that follows it. */
async function takeOver(app: TestApp, keys: ServerKeys) {
  await checkMasterKey(app.db, keys);
  return keepSigningKeys(app.db, keys, { algorithm: 'ES256', rotationDays: 0 }, app.clock.now());
}

const statusOf = async (app: TestApp, authorization: string) =>
  (await new Caller(app, authorization).send(ViewerDocument)).status;

test('secrets, sessions, tokens, and places in lists go on while both are known, wherever they were made', async () => {
  const made = [];
  for (const app of [before, first, second]) {
    const admin = await signedIn(app);
    const [{ apiKey }, client] = [await createApiKey(admin), await createClient(admin)];
    const { credentials } = await admin.run(CredentialsDocument, { first: 1 });
    made.push({
      apiKey,
      client,
      admin,
      after: credentials.pageInfo.endCursor,
      token: await pipeline(app, client),
    });
  }
  for (const app of [first, second]) {
    for (const one of made) {
      expect(await statusOf(app, one.apiKey)).toBe(200);
      expect((await requestToken(app, one.client)).status).toBe(200);
      for (const caller of [one.admin, one.token]) {
        expect(await statusOf(app, caller.authorization ?? '')).toBe(200);
      }
      const admin = new Caller(app, one.admin.authorization);
      const { credentials } = await admin.run(CredentialsDocument, { first: 1, after: one.after });
      expect(credentials.nodes).toHaveLength(1);
    }
  }
});

test('once the exchange is over, what was made under the old one opens nothing, and the rest goes on', async () => {
  const admin = await signedIn(second);
  const [ofOld, ofNew] = [await createApiKey(await signedIn(before)), await createApiKey(admin)];
  const client = await createClient(admin);
  await expect(checkMasterKey(second.db, after)).rejects.toThrow(WrongMasterKeyError);
  await expect(checkSigningKeys(second.db, after, second.clock.now())).rejects.toThrow(SigningKeyError);

  const { resealed } = await takeOver(second, second.keys);
  expect(resealed).toHaveLength(1);
  expect((await takeOver(second, second.keys)).resealed).toEqual([]);
  // A server of the first step still finds all that it needs.
  await checkSigningKeys(second.db, first.keys, second.clock.now());

  await checkMasterKey(second.db, after);
  await checkSigningKeys(second.db, after, second.clock.now());
  await expect(checkMasterKey(second.db, before.keys)).rejects.toThrow(WrongMasterKeyError);
  const last = await under(after);
  expect(await statusOf(last, ofNew.apiKey)).toBe(200);
  expect(await statusOf(last, ofOld.apiKey)).toBe(401);
  expect(await statusOf(last, admin.authorization ?? '')).toBe(200);
  const token = await pipeline(last, client);
  expect((await token.send(ViewerDocument)).status).toBe(200);
});

test('a key that is not accepted opens nothing of another', async () => {
  const { apiKey } = await createApiKey(await signedIn(before));
  expect(await statusOf(second, apiKey)).toBe(200);
  const stranger = await under({ ...deriveServerKeys(randomBytes(32)), accepted: [after] });
  expect(await statusOf(stranger, apiKey)).toBe(401);
});
