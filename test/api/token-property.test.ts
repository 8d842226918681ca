// Whatever is sent to the token endpoint: an answer that the RFC knows, never 5xx, and a token only for who has the
// right to one.

import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { createClient, type OAuthClient, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { assertionOf, assertionType, createKeyClient, newKeyPair } from '../support/assertions.ts';
import { type PlainReply, type PlainRequest, plainRequest } from '../support/plain-http.ts';

let app: TestApp;
let client: OAuthClient;
/** Words that stand where they mean something, so that requests come near to being right; no secret is among them. */
const words: string[] = ['client_credentials', 'users:read', assertionType, 'cred_0000000000000000000000'];
beforeAll(async () => {
  app = await startApp();
  const admin = await signedIn(app);
  client = await createClient(admin, ['USERS']);
  const holder = await createKeyClient(admin);
  const forged = await assertionOf(app, holder, { key: await newKeyPair() });
  words.push(client.clientId, client.clientSecret.slice(0, -1), holder.clientId, forged);
});
afterAll(() => app.close());

const names = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'scope',
  'resource',
];
const name = fc.oneof(fc.constantFrom(...names), fc.string({ unit: 'binary', maxLength: 20 }));
const value = fc.oneof(
  { weight: 3, arbitrary: fc.nat().map((i) => words[i % words.length] as string) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 1, arbitrary: fc.webUrl({ withFragments: true }) },
);
const pairs = fc.array(fc.tuple(name, value), { maxLength: 8 });
const form = pairs.map((list) => list.map((pair) => pair.map(escaped).join('=')).join('&'));
const escaped = (text: string) => encodeURIComponent(text.toWellFormed());

const body = fc.oneof(
  form,
  form.map((text) => `grant_type=client_credentials&${text}`),
  pairs.map((list) => JSON.stringify(Object.fromEntries(list))),
  fc.json(),
  fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
);
const mediaType = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('application/x-www-form-urlencoded', 'application/json') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 60 }) },
);
const base64 = fc
  .tuple(value, value)
  .map((pair) => Buffer.from(pair.map(escaped).join(':')).toString('base64'));
const authorization = fc.oneof(
  base64.map((text) => `Basic ${text}`),
  fc.string({ unit: 'grapheme-ascii', maxLength: 100 }),
  value.map((text) => `Bearer ${escaped(text)}`),
);
const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: form.map((text) => `?${text}`) },
);

const request: fc.Arbitrary<PlainRequest> = fc
  .record({
    body,
    mediaType: fc.option(mediaType),
    authorizations: fc.array(authorization, { maxLength: 2 }),
    query,
  })
  .map(({ body: sent, mediaType: type, authorizations, query: search }) => ({
    path: `/oauth/v1/token${search}`,
    body: sent,
    headers: [
      ...(type === null ? [] : [['Content-Type', type] as const]),
      ...authorizations.map((text) => ['Authorization', text] as const),
    ],
  }));

const codes = [
  'invalid_request',
  'invalid_client',
  'invalid_scope',
  'invalid_target',
  'unsupported_grant_type',
];

/** A refusal as RFC 6749 section 5.2 has it. */
function isRefusal({ status, headers, body: text }: PlainReply): boolean {
  const told = JSON.parse(text) as Record<string, unknown>;
  return (
    [400, 401, 413, 415].includes(status) &&
    codes.includes(String(told.error)) &&
    /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(String(told.error_description)) &&
    (status === 401) === 'www-authenticate' in headers &&
    headers['cache-control'] === 'no-store'
  );
}

const runs = { numRuns: 1_000 };
const patienceMs = 300_000;

test(
  'arbitrary bytes, headers, and parameters get a refusal of RFC 6749, and never a token',
  async () => {
    const refused = fc.asyncProperty(fc.array(request, { minLength: 8, maxLength: 8 }), async (several) => {
      const replies = await Promise.all(several.map((one) => plainRequest(app.url, one)));
      return replies.every(isRefusal);
    });
    await fc.assert(refused, { ...runs, numRuns: runs.numRuns / 8 });
  },
  patienceMs,
);

test(
  'any change of one character of the secret gets no token',
  async () => {
    const at = fc.nat(client.clientSecret.length - 1);
    const changed = fc.asyncProperty(
      at,
      fc.string({ unit: 'grapheme-ascii', minLength: 0, maxLength: 1 }),
      async (i, put) => {
        const { clientId, clientSecret } = client;
        const guess = clientSecret.slice(0, i) + put + clientSecret.slice(i + 1);
        fc.pre(guess !== clientSecret);
        const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: guess };
        const reply = await fetch(`${app.url}/oauth/v1/token`, {
          method: 'POST',
          body: new URLSearchParams(form),
        });
        return reply.status === 401 && ((await reply.json()) as { error: string }).error === 'invalid_client';
      },
    );
    await fc.assert(changed, { numRuns: 100 });
  },
  patienceMs,
);

test(
  'the right credentials get one whatever unknown parameters are there',
  async () => {
    const unknown = pairs.map((list) => list.filter(([key]) => !names.includes(key)));
    const granted = fc.asyncProperty(unknown, async (list) => {
      const { clientId, clientSecret } = client;
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      });
      for (const [key, text] of list) body.append(key.toWellFormed(), text.toWellFormed());
      return (await fetch(`${app.url}/oauth/v1/token`, { method: 'POST', body })).status === 200;
    });
    await fc.assert(granted, { numRuns: 100 });
  },
  patienceMs,
);
