// Access tokens of @latchkey/client against the live server: how many are asked for, when, and what a refusal does.

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { apiKey, clientCredentials, createClient, LatchkeyError } from '@latchkey/client';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScopeName } from '../../src/scopes.ts';
import { RevokeCredentialDocument } from '../operations/documents.ts';
import * as actors from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { notedClock } from '../support/client-clock.ts';
import { type Gateway, type Mishap, startGateway } from '../support/gateway.ts';

let app: TestApp;
let admin: actors.Caller;
const gateways: Gateway[] = [];

beforeAll(async () => {
  app = await startApp();
  admin = await actors.signedIn(app);
});
afterAll(async () => {
  for (const gateway of gateways) await gateway.close();
  await app.close();
});

const [tokens, api] = ['/oauth/v1/token', '/graphql'];
const viewer = '{ viewer { credential { name } } }';

/** A client of its own, whose requests go through a gateway of its own. */
async function pipeline(
  mishap: (path: string, place: number) => Mishap | Promise<Mishap> = () => undefined,
  scopes: ScopeName[] = ['CONVERSATIONS'],
) {
  const made = await actors.createClient(admin, scopes);
  const gateway = await startGateway(app.url, mishap);
  gateways.push(gateway);
  const clock = notedClock(app);
  const { clientId, clientSecret } = made;
  const tokenEndpoint = gateway.url + tokens;
  const source = clientCredentials({ tokenEndpoint, clientId, clientSecret, clock });
  const client = createClient({ url: gateway.url, auth: source, clock });
  const asked = (path: string) => gateway.asked.filter((one) => one === path).length;
  return { ...made, gateway, clock, source, client, asked, ask: () => client.request(viewer) };
}

const revoke = (id: string) => admin.run(RevokeCredentialDocument, { input: { id } });

describe('a token', () => {
  it('is asked for once by fifty requests at once, and kept for those that follow', async () => {
    const { ask, asked } = await pipeline();
    const replies = await Promise.all(Array.from({ length: 50 }, ask));
    expect(replies).toEqual(Array(50).fill({ viewer: { credential: { name: 'Nightly export' } } }));
    await ask();
    expect([asked(tokens), asked(api)]).toEqual([1, 51]);
  });

  it('tells its scopes and when it expires', async () => {
    const { source } = await pipeline();
    const { scopes, expiresAt } = await source.token();
    expect(scopes).toEqual(['conversations:read']);
    const seconds = (expiresAt.getTime() - app.clock.now().getTime()) / 1000;
    expect(seconds).toBeGreaterThan(3_500);
    expect(seconds).toBeLessThanOrEqual(3_600);
  });

  it.each([
    ['an hour', ['CONVERSATIONS'], 3_600, 300],
    ['a minute', ['EVENTS', 'CONVERSATIONS'], 60, 12],
  ] as const)(
    'that lives %s is renewed in the background before it ends',
    async (_life, scopes, life, ahead) => {
      const { source, asked } = await pipeline(undefined, [...scopes]);
      const first = await source.token();
      app.clock.advance(life - ahead - 6);
      expect(await source.token()).toBe(first);
      expect(asked(tokens)).toBe(1);
      app.clock.advance(7);
      expect(await source.token()).toBe(first);
      await expect.poll(async () => (await source.token()).value).not.toBe(first.value);
      expect(asked(tokens)).toBe(2);
    },
  );

  it('is used until its end while it cannot be renewed, and then the error is told', async () => {
    let down = false;
    const { source, asked, ask } = await pipeline((path) =>
      down && path === tokens ? { status: 400, body: '{"error":"invalid_scope"}' } : undefined,
    );
    const first = await source.token();
    down = true;
    app.clock.advance(3_400);
    for (let time = 0; time < 20; time += 1) {
      expect(await source.token()).toBe(first);
      await ask();
    }
    // Each try waits for half of what remains.
    expect(asked(tokens)).toBe(2);
    app.clock.advance(101);
    expect(await source.token()).toBe(first);
    await expect.poll(() => asked(tokens)).toBe(3);
    app.clock.advance(100);
    await expect(source.token()).rejects.toMatchObject({ code: 'INVALID_SCOPE', status: 400 });
    down = false;
    expect((await source.token()).value).not.toBe(first.value);
  });

  it('that ends while a renewal ahead of time fails is still replaced', async () => {
    let release = (_mishap: Mishap) => {};
    const held = new Promise<Mishap>((resolve) => {
      release = resolve;
    });
    const { source, asked } = await pipeline((_path, place) => (place === 1 ? held : undefined));
    const first = await source.token();
    app.clock.advance(3_400);
    expect(await source.token()).toBe(first);
    await expect.poll(() => asked(tokens)).toBe(2);
    app.clock.advance(300);
    const waiting = [source.token(), source.token()];
    release({ status: 500 });
    const [second, third] = await Promise.all(waiting);
    expect(second).toBe(third);
    expect(second?.value).not.toBe(first.value);
    expect(asked(tokens)).toBe(3);
  });

  it('that the API refuses is replaced once, and the request sent again', async () => {
    const { ask, gateway } = await pipeline((_path, place) => (place === 2 ? { status: 401 } : undefined));
    await ask();
    await ask();
    expect(gateway.asked).toEqual([tokens, api, api, tokens, api]);
  });

  it('that the API refuses again is an error, for each of many requests', async () => {
    const { ask, asked } = await pipeline((path) => (path === api ? { status: 401 } : undefined));
    const replies = await Promise.allSettled(Array.from({ length: 10 }, ask));
    for (const reply of replies) {
      expect(reply).toMatchObject({ reason: { code: 'UNAUTHENTICATED', status: 401, retryable: false } });
    }
    expect(asked(api)).toBe(20);
    expect(asked(tokens)).toBeLessThanOrEqual(11);
  });

  it('whose time ran out on the server alone is replaced', async () => {
    const { ask, asked, clock } = await pipeline();
    const stands = clock.now();
    clock.now = () => stands;
    await ask();
    app.clock.advance(3_601);
    await ask();
    expect([asked(tokens), asked(api)]).toEqual([2, 3]);
  });

  it('is not given to a client that was revoked: INVALID_CLIENT', async () => {
    const { ask, credential, asked } = await pipeline();
    await ask();
    await revoke(credential.id);
    await expect(ask()).rejects.toMatchObject({ code: 'INVALID_CLIENT', status: 401, retryable: false });
    expect(asked(tokens)).toBe(2);
  });

  it('is waited for as long as a busy server asks', async () => {
    const { ask, asked, clock } = await pipeline((path, place) =>
      path === tokens && place < 3 ? { busyForSeconds: 7 } : undefined,
    );
    await ask();
    expect(asked(tokens)).toBe(4);
    expect(clock.waits).toHaveLength(3);
    for (const wait of clock.waits) expect(wait).toBeGreaterThanOrEqual(7_000);
  });

  it('still comes for the others when one of those who wait leaves', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { source, asked } = await pipeline(() => held.then(() => undefined));
    const leaving = new AbortController();
    const [left, stayed] = [source.token(leaving.signal), source.token()];
    const reason = new Error('no longer needed');
    leaving.abort(reason);
    await expect(left).rejects.toBe(reason);
    release();
    expect((await stayed).scopes).toEqual(['conversations:read']);
    expect(asked(tokens)).toBe(1);
  });

  it('comes with the scopes and for the resource that were asked for', async () => {
    const { clientId, clientSecret } = await actors.createClient(admin, ['CONVERSATIONS', 'USERS', 'EVENTS']);
    const tokenEndpoint = app.url + tokens;
    const who = { tokenEndpoint, clientId, clientSecret };
    const narrow = clientCredentials({ ...who, scopes: ['users:read'] });
    expect((await narrow.token()).scopes).toEqual(['users:read']);
    const forData = clientCredentials({ ...who, resource: 'http://localhost:4000/graphql' });
    expect((await forData.token()).scopes).toEqual(['conversations:read', 'users:read']);
    await expect(
      clientCredentials({ ...who, resource: 'https://other.example' }).token(),
    ).rejects.toMatchObject({
      code: 'INVALID_TARGET',
    });
    await expect(clientCredentials({ ...who, scopes: ['nonsense'] }).token()).rejects.toMatchObject({
      code: 'INVALID_SCOPE',
      status: 400,
    });
  });

  it("is asked for at the issuer's endpoint when only the issuer is given", async () => {
    const { clientId, clientSecret } = await actors.createClient(admin);
    const issuer = 'http://localhost:4000';
    const there: typeof fetch = (url, init) => fetch(String(url).replace(issuer, app.url), init);
    const source = clientCredentials({ issuer, clientId, clientSecret, fetch: there });
    expect((await source.token()).scopes).toEqual(['conversations:read']);
  });
});

describe('a secret', () => {
  it('is in no error and in nothing that is printed', async () => {
    const { clientId, clientSecret } = await actors.createClient(admin);
    const wrong = `${clientSecret.slice(0, -1)}x`;
    const source = clientCredentials({ tokenEndpoint: app.url + tokens, clientId, clientSecret: wrong });
    const client = createClient({ url: app.url, auth: source });
    const error = await client.request(viewer).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(LatchkeyError);
    expect(error).toMatchObject({ code: 'INVALID_CLIENT' });
    for (const thing of [error, source, client]) {
      expect(inspect(thing, { depth: 9, showHidden: true })).not.toContain(wrong);
    }
  });

  it.each(['', 'lk_key_with_a_line_break\n', 'lk_key_ with_a_blank', undefined])(
    'that no header can carry is refused at once, and not quoted',
    (key) => {
      const make = () => apiKey(key as string);
      expect(make).toThrow(TypeError);
      if (key) expect(make).not.toThrow(key.trim());
    },
  );

  it('may be an API key', async () => {
    const { apiKey: key } = await actors.createApiKey(admin);
    const client = createClient({ url: app.url, auth: apiKey(key) });
    expect(await client.request(viewer)).toEqual({ viewer: { credential: { name: 'Dashboard' } } });
  });

  it('may be a private key: each request has an assertion of its own (RFC 7523)', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const issuer = 'https://issuer.example';
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] });
    const seen = new Set<string>();
    // An authorization server that looks at the assertion alone, and is busy the first time.
    const server = http.createServer(async (request, response) => {
      const chunks = await request.toArray();
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const checks = { audience: issuer, issuer: 'client', subject: 'client', algorithms: ['ES256'] };
      const assertion = form.get('client_assertion') ?? '';
      const { payload } = await jwtVerify(assertion, keys, { ...checks, maxTokenAge: '60s' });
      expect(form.get('client_assertion_type')).toBe(
        'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      );
      expect(request.headers.authorization).toBeUndefined();
      seen.add(String(payload.jti));
      if (seen.size === 1) return void response.writeHead(503, { 'Retry-After': '0' }).end();
      response.end(JSON.stringify({ access_token: 'a.b.c', token_type: 'bearer', expires_in: 60 }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const tokenEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
    const jwk = { ...(await exportJWK(privateKey)), kid: 'k1' };
    for (const given of [{ privateKey: jwk }, { privateKey, keyId: 'k1' }]) {
      const source = clientCredentials({ issuer, tokenEndpoint, clientId: 'client', ...given });
      expect((await source.token()).value).toBe('a.b.c');
    }
    expect(seen.size).toBe(3);
    server.close();
    server.closeAllConnections();
  });
});
