// Instances on one database whose clocks differ: what goes on to work, what is refused and for how long, and that nothing
// is accepted that was ended.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forgetExpiredAssertions } from '../../src/auth/client-assertion.ts';
import { rotateSigningKey } from '../../src/auth/key-rotation.ts';
import { jwksMaxAgeSeconds } from '../../src/auth/signing-keys.ts';
import { forgetExpiredTokens } from '../../src/auth/token-revocation.ts';
import { RevokeCredentialDocument, ViewerDocument } from '../operations/documents.ts';
import {
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  pipeline,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { type Clock, startApp, type TestApp } from '../support/app.ts';
import { assertionOf, createKeyClient, tokenByAssertion } from '../support/assertions.ts';

const fiveMinutes = 300;
let right: TestApp;
let ahead: TestApp;
let behind: TestApp;
let admin: Caller;

const shifted = ({ clock }: TestApp, seconds: number): Clock => ({
  now: () => new Date(clock.now().getTime() + seconds * 1000),
  advance: clock.advance,
});
const startShifted = (seconds: number) => startApp({ ...right, clock: shifted(right, seconds) });

beforeAll(async () => {
  right = await startApp();
  ahead = await startShifted(fiveMinutes);
  behind = await startShifted(-fiveMinutes);
  admin = await signedIn(right);
});
afterAll(async () => {
  for (const app of [behind, ahead, right]) await app.close();
});

const everywhere = async (authorization: string | undefined) => {
  const asked = { right, ahead, behind };
  const replies = Object.entries(asked).map(async ([name, app]) => [
    name,
    (await new Caller(app, authorization).send(ViewerDocument)).status,
  ]);
  return Object.fromEntries(await Promise.all(replies));
};
async function revokeAt(app: TestApp, client: OAuthClient, token: unknown): Promise<number> {
  const parameters = {
    token: String(token),
    client_id: client.clientId,
    client_secret: client.clientSecret,
  };
  const body = new URLSearchParams(parameters);
  return (await fetch(`${app.url}/oauth/v1/revoke`, { method: 'POST', body })).status;
}
const everywhereWell = { right: 200, ahead: 200, behind: 200 };
const nowhere = { right: 401, ahead: 401, behind: 401 };

describe('with clocks five minutes apart', () => {
  test('an API key and a session work everywhere, and nowhere once they are ended', async () => {
    const { apiKey, credential } = await createApiKey(admin);
    expect(await everywhere(apiKey)).toEqual(everywhereWell);
    for (const app of [right, ahead, behind])
      expect(await everywhere((await signedIn(app)).authorization)).toEqual(everywhereWell);
    await new Caller(behind, admin.authorization).run(RevokeCredentialDocument, {
      input: { id: credential.id },
    });
    expect(await everywhere(apiKey)).toEqual(nowhere);
  });

  test('every instance issues tokens that it takes itself; those from its future are refused', async () => {
    const client = await createClient(admin, ['USERS']);
    expect(await everywhere((await pipeline(right, client)).authorization)).toEqual({
      ...everywhereWell,
      behind: 401,
    });
    expect(await everywhere((await pipeline(ahead, client)).authorization)).toEqual({
      ...nowhere,
      ahead: 200,
    });
    expect(await everywhere((await pipeline(behind, client)).authorization)).toEqual(everywhereWell);
  });

  test('a token from the future is taken as soon as its time has come', async () => {
    const client = await createClient(admin, ['USERS']);
    const almost = await startShifted(8);
    const { authorization } = await pipeline(almost, client);
    expect((await new Caller(right, authorization).send(ViewerDocument)).status).toBe(401);
    right.clock.advance(5);
    expect((await new Caller(right, authorization).send(ViewerDocument)).status).toBe(200);
    await almost.close();
  });

  test('a revoked token stays revoked everywhere, also after the one ahead has swept', async () => {
    const client = await createClient(admin, ['USERS']);
    const { body } = await requestToken(behind, client);
    expect(await revokeAt(right, client, body.access_token)).toBe(200);
    expect(await everywhere(`Bearer ${body.access_token}`)).toEqual(nowhere);
    right.clock.advance(3600);
    await forgetExpiredTokens(ahead.auth);
    expect(await everywhere(`Bearer ${body.access_token}`)).toEqual(nowhere);
  });

  test('a token is revoked where it is not yet good, or has run out, for the instances where it is', async () => {
    const client = await createClient(admin, ['USERS']);
    const { body: early } = await requestToken(ahead, client);
    expect(await revokeAt(behind, client, early.access_token)).toBe(200);
    right.clock.advance(2 * fiveMinutes);
    expect(await everywhere(`Bearer ${early.access_token}`)).toEqual(nowhere);

    const { body: late } = await requestToken(behind, client);
    right.clock.advance(3600 - fiveMinutes);
    expect(await everywhere(`Bearer ${late.access_token}`)).toEqual({ ...nowhere, behind: 200 });
    expect(await revokeAt(ahead, client, late.access_token)).toBe(200);
    expect(await everywhere(`Bearer ${late.access_token}`)).toEqual(nowhere);
  });

  test('an assertion is good once, also after the one ahead has swept', async () => {
    const client = await createKeyClient(admin);
    const assertion = await assertionOf(right, client);
    expect((await tokenByAssertion(right, assertion)).status).toBe(200);
    await forgetExpiredAssertions(ahead.auth);
    for (const app of [right, ahead, behind])
      expect((await tokenByAssertion(app, assertion)).status).toBe(401);
  });

  test('an assertion is judged by the clock of who reads it, with seconds of leeway', async () => {
    const client = await createKeyClient(admin);
    const status = async (app: TestApp) =>
      (await tokenByAssertion(app, await assertionOf(right, client))).status;
    expect([await status(ahead), await status(behind)]).toEqual([401, 401]);
    for (const seconds of [3, -3]) {
      const near = await startShifted(seconds);
      expect(await status(near)).toBe(200);
      await near.close();
    }
  });

  test.each([
    ['right', () => right],
    ['ahead', () => ahead],
    ['behind', () => behind],
  ])(
    'a key that the one %s rotates signs nowhere before all have it, and every copy of the JWKS that others keep',
    async (_name, instance) => {
      const rotating = instance();
      const rotation = await right.db
        .transaction()
        .execute((tx) => rotateSigningKey(tx, right.keys, 'ES256', rotating.clock.now()));
      expect(rotation).toBeDefined();
      const client = await createClient(admin, ['USERS']);
      const apps = [right, ahead, behind];
      for (const app of apps) expect(await publishedBy(app)).toContain(rotation?.kid);
      // As late as a copy may be used that was made right before.
      for (const seconds of [0, jwksMaxAgeSeconds - 5]) {
        right.clock.advance(seconds);
        for (const app of apps) expect(await signerOf(app, client)).not.toBe(rotation?.kid);
      }
      right.clock.advance(2 * 3600);
      for (const app of apps) expect(await signerOf(app, client)).toBe(rotation?.kid);
    },
  );
});

async function publishedBy(app: TestApp): Promise<string[]> {
  const { keys } = (await (await fetch(`${app.url}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string }[];
  };
  return keys.map(({ kid }) => kid);
}

/** The id of the key that signs at this instance. */
async function signerOf(app: TestApp, client: OAuthClient): Promise<string> {
  const { body } = await requestToken(app, client);
  const [header = ''] = String(body.access_token).split('.');
  return JSON.parse(Buffer.from(header, 'base64url').toString()).kid;
}
