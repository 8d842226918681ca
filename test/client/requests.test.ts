// Requests of @latchkey/client: what they return, what their errors say, and when they are sent again.

import { apiKey, createClient, LatchkeyError, type Retry } from '@latchkey/client';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { CreateCredentialDocument, type CreateCredentialMutation } from '../operations/documents.ts';
import { type Caller, createApiKey, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { notedClock } from '../support/client-clock.ts';
import { busy, type Gateway, type Mishap, startGateway } from '../support/gateway.ts';

let app: TestApp;
let admin: Caller;
let key: string;
const gateways: Gateway[] = [];

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  key = (await createApiKey(admin, ['CONVERSATIONS'])).apiKey;
});
afterAll(async () => {
  for (const gateway of gateways) await gateway.close();
  await app.close();
});

const viewer = '{ viewer { credential { name } } }';
const seen = { viewer: { credential: { name: 'Dashboard' } } };
const input = { name: 'Made by the client', scopes: ['USERS' as const] };

async function clientBehind(mishap: (place: number) => Mishap, retry?: Retry) {
  const gateway = await startGateway(app.url, (_path, place) => mishap(place));
  gateways.push(gateway);
  const clock = notedClock(app);
  const client = createClient({ url: gateway.url, auth: apiKey(key), clock, ...(retry && { retry }) });
  return { client, gateway, clock, asked: () => gateway.asked.length };
}

/** Acts as the Super Admin: mutations are for people. */
async function adminBehind(mishap: (place: number) => Mishap) {
  const behind = await clientBehind(mishap);
  const authorization = async () => admin.authorization as string;
  const { gateway, clock } = behind;
  const auth = { authorization, refused: () => false };
  return { ...behind, client: createClient({ url: gateway.url, auth, clock }) };
}

const errorOf = async (promise: Promise<unknown>): Promise<LatchkeyError> => {
  const error = await promise.catch((thrown) => thrown);
  expect(error).toBeInstanceOf(LatchkeyError);
  return error as LatchkeyError;
};

describe('a request', () => {
  it('takes a text, with variables', async () => {
    const client = createClient({ url: `${app.url}/`, auth: apiKey(key) });
    expect(await client.request(viewer)).toEqual(seen);
    const text = 'query ($first: Int!) { conversations(first: $first) { nodes { id } } }';
    expect(await client.request(text, { first: 3 })).toEqual({ conversations: { nodes: [] } });
  });

  it('takes a typed document, and its result has the type of it', async () => {
    const { client } = await adminBehind(() => undefined);
    const made = await client.request(CreateCredentialDocument, { input });
    expectTypeOf(made).toEqualTypeOf<CreateCredentialMutation>();
    expect(made.createCredential).toMatchObject({ credential: { name: input.name }, userErrors: [] });
    // @ts-expect-error The variables have the document's type too.
    await expect(client.request(CreateCredentialDocument, { nothing: 1 })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('takes a document that codegen made as text in an object', async () => {
    const client = createClient({ url: app.url, auth: apiKey(key) });
    const document = new String(viewer) as string & { __apiType?: (variables: object) => typeof seen };
    const reply = await client.request(document);
    expectTypeOf(reply).toEqualTypeOf<typeof seen>();
    expect(reply).toEqual(seen);
  });

  it('names one of several operations', async () => {
    const client = createClient({ url: app.url, auth: apiKey(key) });
    const text = 'query A { viewer { __typename } } query B { viewer { credential { name } } }';
    expect(await client.request(text, undefined, { operationName: 'B' })).toEqual(seen);
  });
});

describe('an error', () => {
  it('names the scopes that are missing', async () => {
    const { client, asked } = await clientBehind(() => undefined);
    const error = await errorOf(client.request('{ users { nodes { id } } }'));
    expect(error).toMatchObject({
      code: 'FORBIDDEN',
      status: 403,
      missingScopes: ['users:read'],
      retryable: false,
      message: 'The caller lacks a scope that this operation needs: users:read.',
    });
    expect(error.requestId).toMatch(/^[\w-]{8,}$/);
    expect(asked()).toBe(1);
  });

  it('of a document tells what is wrong, and is final', async () => {
    const { client, asked } = await clientBehind(() => undefined);
    const error = await errorOf(client.request('{ nonsense }'));
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', status: 400, retryable: false });
    expect(error.errors[0]?.message).toContain('nonsense');
    expect(asked()).toBe(1);
  });

  it('of a key that is not live is UNAUTHENTICATED, without another try', async () => {
    const gateway = await startGateway(app.url, () => undefined);
    gateways.push(gateway);
    const client = createClient({ url: gateway.url, auth: apiKey('lk_key_nonsense') });
    expect(await errorOf(client.request(viewer))).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
    expect(gateway.asked).toHaveLength(1);
  });

  it.each([
    { status: 200, body: '<h1>Welcome to the wi-fi</h1>' },
    { status: 301, headers: { Location: 'http://elsewhere.example/graphql' } },
    { status: 404, body: '{}' },
  ])('tells that something else answered: %o', async (answer) => {
    const { client, asked } = await clientBehind(() => answer);
    const error = await errorOf(client.request(viewer));
    expect(error).toMatchObject({ code: 'UNEXPECTED_REPLY', status: answer.status, retryable: false });
    expect(asked()).toBe(1);
  });

  it('keeps what a mutation did beside what failed', async () => {
    const data = { createCredential: { secret: { apiKey: 'shown once' } }, other: null };
    const body = JSON.stringify({
      data,
      errors: [{ message: 'No.', path: ['other'], extensions: { code: 'INTERNAL' } }],
    });
    const { client, asked } = await adminBehind(() => ({ status: 200, body }));
    const error = await errorOf(client.request(CreateCredentialDocument, { input }));
    expect(error).toMatchObject({ code: 'INTERNAL', status: 200, data, retryable: false });
    expect(asked()).toBe(1);
  });
});

describe('a query is sent again', () => {
  it('when the server is busy, never earlier than it asks, in seconds or by a date', async () => {
    const date = 'Sun, 06 Nov 2033 08:49:37 GMT';
    const until = 'Sun, 06 Nov 2033 08:49:48 GMT';
    const answers = [busy({ 'Retry-After': '3' }), busy({ 'Retry-After': until, Date: date })];
    const { client, clock } = await clientBehind((place) => answers[place]);
    expect(await client.request(viewer)).toEqual(seen);
    expect(clock.waits).toHaveLength(2);
    const [seconds = 0, dated = 0] = clock.waits;
    expect(seconds).toBeGreaterThanOrEqual(3_000);
    expect(seconds).toBeLessThan(3_250);
    expect(dated).toBeGreaterThanOrEqual(11_000);
    expect(dated).toBeLessThan(11_500);
  });

  it.each([429, 502, 503, 504])(
    'after %i without Retry-After, with full jitter under a bound that doubles',
    async (status) => {
      const { client, clock } = await clientBehind((place) => (place < 6 ? { status } : undefined));
      expect(await client.request(viewer)).toEqual(seen);
      expect(clock.waits).toHaveLength(6);
      for (const [i, wait] of clock.waits.entries()) expect(wait).toBeLessThan(250 * 2 ** i);
      expect(new Set(clock.waits).size).toBe(6);
    },
  );

  it('when its reply is cut, or there is no connection at all', async () => {
    const { client, gateway, asked } = await clientBehind((place) =>
      place < 2 ? { cutAfterBytes: 9 } : undefined,
    );
    expect(await client.request(viewer)).toEqual(seen);
    expect(asked()).toBe(3);
    await gateway.close();
    gateways.splice(gateways.indexOf(gateway), 1);
    const error = await errorOf(client.request(viewer));
    expect(error).toMatchObject({ code: 'NETWORK', status: undefined, retryable: true });
  });

  it('no more often than allowed', async () => {
    const { client, clock, asked } = await clientBehind(() => ({ status: 503 }), { attempts: 3 });
    expect(await errorOf(client.request(viewer))).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      status: 503,
      retryable: true,
    });
    expect([asked(), clock.waits.length]).toEqual([3, 2]);
  });

  it('for no longer than allowed: it does not begin to wait for what comes too late', async () => {
    const { client, clock, asked } = await clientBehind((place) => ({
      busyForSeconds: place < 2 ? 50 : 3_600,
    }));
    const error = await errorOf(client.request(viewer));
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterMs: 3_600_000 });
    expect([asked(), clock.waits.length]).toEqual([3, 2]);
  });

  it('after a silence', async () => {
    let held: (() => void) | undefined;
    const gateway = await startGateway(app.url, (_path, place) =>
      place === 0
        ? new Promise((resolve) => {
            held = () => resolve(undefined);
          })
        : undefined,
    );
    gateways.push(gateway);
    const client = createClient({
      url: gateway.url,
      auth: apiKey(key),
      clock: notedClock(app),
      timeoutMs: 1_000,
    });
    expect(await client.request(viewer)).toEqual(seen);
    expect(gateway.asked.length).toBeGreaterThan(1);
    held?.();
  });
});

describe('a mutation is sent again', () => {
  const make = (client: Awaited<ReturnType<typeof adminBehind>>['client']) =>
    client.request(CreateCredentialDocument, { input });
  const refusal = (more: object) =>
    JSON.stringify({
      errors: [{ message: 'Not now.', extensions: { code: 'SERVICE_UNAVAILABLE' }, ...more }],
    });

  it('when the server refused it before it began', async () => {
    const answer = { status: 503, headers: { 'Retry-After': '1' }, body: refusal({}) };
    const { client, asked } = await adminBehind((place) => (place < 2 ? answer : undefined));
    expect((await make(client)).createCredential.userErrors).toEqual([]);
    expect(asked()).toBe(3);
  });

  it.each([
    ['a field of it failed', { status: 503, body: refusal({ path: ['createCredential'] }) }],
    ['something on the way was busy', { busyForSeconds: 0 }],
    ['its reply was cut', { cutAfterBytes: 5 }],
    ['the gateway lost the server', { status: 502 }],
  ] as const)('never when %s', async (_why, mishap) => {
    const { client, asked } = await adminBehind(() => mishap);
    expect(await errorOf(make(client))).toMatchObject({ retryable: false });
    expect(asked()).toBe(1);
  });

  it.each([
    'mutation { signOut { userErrors { code } } }',
    '# query\nmutation Named { signOut { userErrors { code } } }',
    'query A { viewer { __typename } }\n  mutation B { signOut { userErrors { code } } }',
    'fragment F on Query { viewer { __typename } } mutation($a: String = "}") @x { signOut { userErrors { code } } }',
  ])('never by mistake for a query: %s', async (text) => {
    expect(parse(text).definitions.length).toBeGreaterThan(0);
    const { client, asked } = await adminBehind(() => ({ status: 502 }));
    await errorOf(client.request(text));
    expect(asked()).toBe(1);
  });

  it.each([
    '{ viewer { __typename } } # mutation',
    'query mutation_ { viewer { __typename } }',
    'query Q($text: String = "mutation \\" { mutation") { mutation: viewer { __typename } }',
    'query Q($mutation: String = """ a "quoted" mutation """) { viewer { __typename } }',
  ])('while what only looks like one is a query: %s', async (text) => {
    expect(parse(text).definitions).toHaveLength(1);
    const { client, asked } = await clientBehind((place) => (place === 0 ? { status: 502 } : undefined));
    await client.request(text).catch(() => {});
    expect(asked()).toBe(2);
  });
});

describe('an abort', () => {
  const reason = new Error('enough');

  it('ends a request that is under way, with its own reason', async () => {
    const stop = new AbortController();
    const { client } = await clientBehind(() => {
      stop.abort(reason);
      return undefined;
    });
    await expect(client.request(viewer, {}, { signal: stop.signal })).rejects.toBe(reason);
  });

  it('ends a wait', async () => {
    const gateway = await startGateway(app.url, () => ({ busyForSeconds: 60 }));
    gateways.push(gateway);
    const client = createClient({ url: gateway.url, auth: apiKey(key) });
    const stop = new AbortController();
    const asked = client.request(viewer, {}, { signal: stop.signal });
    setTimeout(() => stop.abort(reason), 50);
    await expect(asked).rejects.toBe(reason);
    expect(gateway.asked.length).toBeLessThanOrEqual(1);
  });

  it('before the beginning sends nothing', async () => {
    const { client, asked } = await clientBehind(() => undefined);
    await expect(client.request(viewer, {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(asked()).toBe(0);
  });
});
