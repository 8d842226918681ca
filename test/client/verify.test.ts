// verifyAccessToken of @latchkey/client, on tokens of the live server and on forgeries of them.

import { AccessTokenError, LatchkeyError, type VerifyOptions, verifyAccessToken } from '@latchkey/client';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient, requestToken, signedIn } from '../support/actors.ts';
import { issuer, startApp, type TestApp } from '../support/app.ts';
import { notedClock } from '../support/client-clock.ts';

const audience = `${issuer}/graphql`;
let app: TestApp;
let token: string;
let clientId: string;
let asked: string[] = [];

/** The issuer's name leads to the app, wherever it listens. */
const there: typeof fetch = (url, init) => {
  asked.push(new URL(String(url)).pathname);
  return fetch(String(url).replace(issuer, app.url), init);
};

beforeAll(async () => {
  app = await startApp();
  const client = await createClient(await signedIn(app), ['CONVERSATIONS', 'USERS']);
  ({ clientId } = client);
  token = String((await requestToken(app, client)).body.access_token);
});
beforeEach(() => {
  asked = [];
});
afterAll(() => app.close());

const verify = (presented: string, options: Partial<VerifyOptions> = {}) =>
  verifyAccessToken(presented, { issuer, audience, fetch: there, ...options });

const refused = async (promise: Promise<unknown>): Promise<AccessTokenError> => {
  const error = await promise.catch((thrown) => thrown);
  expect(error).toBeInstanceOf(AccessTokenError);
  return error as AccessTokenError;
};

it.each([['issuer'], ['audience']])('without an %s nothing is taken', async (option) => {
  const given = { issuer, audience, jwksUri: `${issuer}/.well-known/jwks.json`, fetch: there };
  const options = { ...given, [option]: undefined } as unknown as VerifyOptions;
  await expect(verifyAccessToken(token, options)).rejects.toThrow(TypeError);
  expect(asked).toEqual([]);
});

describe('a genuine token', () => {
  it('is taken, with its claims', async () => {
    const claims = await verify(token, { requiredScopes: ['users:read'] });
    expect(claims).toMatchObject({ iss: issuer, sub: clientId, client_id: clientId, aud: audience });
    expect(claims.scopes).toEqual(['conversations:read', 'users:read']);
    expect(claims.exp - claims.iat).toBe(3_600);
  });

  it('is verified without asking again for the keys', async () => {
    const jwksUri = `${issuer}/.well-known/jwks.json?once`;
    await Promise.all(Array.from({ length: 20 }, () => verify(token, { jwksUri })));
    await verify(token, { jwksUri });
    expect(asked).toEqual(['/.well-known/jwks.json']);
  });

  it('is verified over the fetch and within the time of its own call, whatever an earlier one was given', async () => {
    const jwksUri = `${issuer}/.well-known/jwks.json?own`;
    await verify(token, { jwksUri });
    const other: string[] = [];
    const elsewhere: typeof fetch = (url, init) => {
      other.push(new URL(String(url)).pathname);
      return there(url, init);
    };
    await verify(token, { jwksUri, fetch: elsewhere });
    expect(other).toEqual(['/.well-known/jwks.json']);
    const never: typeof fetch = (_url, init) =>
      new Promise((_, reject) => {
        const { signal } = init ?? {};
        signal?.addEventListener('abort', () => reject(signal.reason));
      });
    for (const timeoutMs of [20, 30]) {
      const late = verify(token, { jwksUri, fetch: never, timeoutMs });
      await expect(late).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    }
  });

  it('lacks a scope: insufficient_scope, which names it', async () => {
    const error = await refused(verify(token, { requiredScopes: ['users:read', 'interactions:read'] }));
    expect(error).toMatchObject({
      code: 'insufficient_scope',
      status: 403,
      missingScopes: ['interactions:read'],
      challenge:
        'Bearer error="insufficient_scope", error_description="The access token lacks a scope.", scope="interactions:read"',
    });
  });

  it.each([
    ['for another resource', { audience: `${issuer}/events` }],
    ['of another issuer', { issuer: 'http://localhost:4001', jwksUri: `${issuer}/.well-known/jwks.json` }],
  ])('%s is refused: invalid_token', async (_why, options) => {
    expect(await refused(verify(token, options))).toMatchObject({ code: 'invalid_token', status: 401 });
  });

  it('is taken for five seconds after its time, and no longer', async () => {
    const { exp = 0 } = decodeJwt(token);
    const at = (second: number) => ({ clock: { ...notedClock(app), now: () => second * 1000 } });
    await verify(token, at(exp + 4));
    const error = await refused(verify(token, at(exp + 5)));
    expect(error.challenge).toBe(
      'Bearer error="invalid_token", error_description="The access token is malformed, expired, or not for this resource."',
    );
  });
});

describe('a forgery is refused', () => {
  const claims = () => ({ ...decodeJwt(token) });
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const kid = () => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid as string;

  it.each([
    ['that is nothing', () => 'nonsense'],
    ['that is empty', () => ''],
    [
      'with a claim changed',
      () => {
        const [head, , signature] = token.split('.');
        return [head, base64({ ...claims(), scope: 'interactions:read' }), signature].join('.');
      },
    ],
    ['without a signature', () => `${base64({ alg: 'none', typ: 'at+jwt' })}.${base64(claims())}.`],
    [
      'signed with the public key as a secret',
      async () => {
        const jwks = (await (await fetch(`${app.url}/.well-known/jwks.json`)).json()) as { keys: object[] };
        const secret = new TextEncoder().encode(JSON.stringify(jwks.keys[0]));
        return new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: kid() })
          .sign(secret);
      },
    ],
    [
      'signed by somebody else under our key id',
      async () => {
        const { privateKey } = await generateKeyPair('ES256');
        return new SignJWT(claims())
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: kid() })
          .sign(privateKey);
      },
    ],
    [
      'that brings its own key',
      async () => {
        const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
        const jwk = await exportJWK(publicKey);
        return new SignJWT(claims())
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', jwk })
          .sign(privateKey);
      },
    ],
  ])('%s', async (_what, forge) => {
    const forged = await forge();
    const error = await refused(verify(forged));
    expect(error).toMatchObject({ code: 'invalid_token', status: 401 });
    if (forged !== '') expect(error.message).not.toContain(forged);
  });

  it.each([
    ['an ID token, or any JWT that is no access token', { typ: 'JWT' }, {}],
    ['without an end', {}, { exp: undefined }],
    ['without a client', {}, { client_id: undefined }],
    ['with a scope that is no text', {}, { scope: ['users:read'] }],
  ])('%s', async (_what, header, change) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] };
    // The issuer itself signed it: only what it says is wrong.
    const own = {
      jwksUri: `https://keys.example/${crypto.randomUUID()}`,
      fetch: async () => Response.json(keys),
    };
    const sign = (more: object, changed: object) =>
      new SignJWT({ ...claims(), ...changed })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k', ...more })
        .sign(privateKey);
    await verify(await sign({}, {}), own);
    await refused(verify(await sign(header, change), own));
  });
});

describe('the keys of the issuer', () => {
  it('that cannot be had are no fault of the token, and are asked for again', async () => {
    const jwksUri = `${issuer}/.well-known/jwks.json?down`;
    let up = false;
    const down: typeof fetch = (url, init) => (up ? there(url, init) : fetch('http://127.0.0.1:1/', init));
    const error = await verify(token, { jwksUri, fetch: down }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(LatchkeyError);
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
    up = true;
    await verify(token, { jwksUri, fetch: down });
  });

  it('are looked for again when its metadata could not be read', async () => {
    const name = 'http://late.example';
    const metadata = { issuer: name, jwks_uri: `${issuer}/.well-known/jwks.json` };
    let up = false;
    const late: typeof fetch = async (url, init) => {
      if (!String(url).startsWith(name)) return there(url, init);
      return up ? Response.json(metadata) : new Response('<h1>Busy</h1>', { status: 503 });
    };
    const options = { issuer: name, fetch: late };
    await expect(verify(token, options)).rejects.toMatchObject({ status: 503, retryable: true });
    up = true;
    await refused(verify(token, options));
    expect(asked).toEqual(['/.well-known/jwks.json']);
  });

  it('are found by its metadata where it publishes some, and only by its own', async () => {
    const name = 'http://named.example/tenant';
    const metadata = {
      issuer: name,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      token_endpoint: `${name}/token`,
    };
    const publishing =
      (document: object): typeof fetch =>
      (url, init) => {
        const { origin, pathname } = new URL(String(url));
        if (origin !== 'http://named.example') return there(url, init);
        asked.push(pathname);
        return Promise.resolve(Response.json(document));
      };
    const other = verify(token, { issuer: name, fetch: publishing({ ...metadata, issuer }) });
    await expect(other).rejects.toMatchObject({ code: 'UNEXPECTED_REPLY' });
    // The keys are found, and the token is another issuer's.
    await refused(verify(token, { issuer: name, fetch: publishing(metadata) }));
    expect(asked).toEqual([
      '/.well-known/oauth-authorization-server/tenant',
      '/.well-known/oauth-authorization-server/tenant',
      '/.well-known/jwks.json',
    ]);
  });
});
