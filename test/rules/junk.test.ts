// Junk cannot starve good clients: while attempts of every kind are refused, good clients see no error, and nothing that
// is forged gets as far as argon2id. `npm run bench -- junk` measures what it does to their time.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { SignInDocument } from '../operations/documents.ts';
import {
  anybody,
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  pipeline,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Raw, sendAtOnce } from '../support/at-once.ts';

let app: TestApp;
let key: Caller;
let reader: Caller;
let client: OAuthClient;
let withoutTag: string;
beforeAll(async () => {
  app = await startApp();
  const admin = await signedIn(app);
  const { apiKey } = await createApiKey(admin);
  key = new Caller(app, apiKey);
  client = await createClient(admin);
  reader = await pipeline(app, client);
  withoutTag = apiKey.slice(0, -11);
  await Promise.all(good());
});
afterAll(() => app.close());

const list = '{ conversations(first: 5) { nodes { id } } }';
const good = () => [key.send(list), reader.send(list), requestToken(app, client)];

const letters = (length: number) =>
  Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz'[Math.floor(Math.random() * 26)]).join('');
const guessed = (kind: 'key' | 'sec', id: string) => `lk_${kind}_${id}_${letters(43)}_${letters(11)}`;

/** By what is wrong with it, and the status that it gets. */
const forged: Record<string, [status: number, send: () => Promise<{ status: number }>]> = {
  'an unknown id': [401, () => new Caller(app, guessed('key', letters(22))).send(list)],
  'a forged tag': [401, () => new Caller(app, withoutTag + letters(11)).send(list)],
  'a forged token': [
    401,
    () => new Caller(app, `${reader.authorization?.slice(0, -86)}${letters(86)}`).send(list),
  ],
  'a wrong secret of a known client': [
    401,
    () => requestToken(app, { ...client, clientSecret: guessed('sec', client.clientId.slice(5)) }),
  ],
  'many attempts in one document': [400, () => anybody(app).send(aliased(20), {}, anyStatus)],
};

const anyStatus = { Accept: 'application/graphql-response+json' };
const aliased = (count: number) => {
  const attempt = () =>
    `clientCredentialsToken(input: { clientId: "${client.clientId}", clientSecret: "${guessed('sec', client.clientId.slice(5))}" }) { accessToken }`;
  return `mutation { ${Array.from({ length: count }, (_, i) => `a${i}: ${attempt()}`).join(' ')} }`;
};
/** A wrong password is told as data. */
const signInGuess = async () => {
  const { data, errors } = await anybody(app).send(SignInDocument, {
    input: { email: 'admin@acme.example', password: letters(16), transport: 'BEARER' },
  });
  return { status: data?.signIn.sessionToken ? 200 : (errors[0]?.extensions.code ?? 'UNAUTHENTICATED') };
};

/** How often argon2id has run: for secrets and for passwords. */
const runs = () => [app.auth.secrets.queueStatus().begun, app.auth.passwords.queueStatus().begun];

test.each(Object.entries(forged))('%s is refused without argon2id', async (_what, [status, send]) => {
  const before = runs();
  const replies = await Promise.all(Array.from({ length: 20 }, send));
  expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([status]));
  expect(runs()).toEqual(before);
});

test('while junk of every kind comes in, good clients see no error, and few guesses reach argon2id', async () => {
  const [secrets = 0, passwords = 0] = runs();
  let over = false;
  const junk: (number | string)[] = [];
  const senders = [...Object.values(forged).map(([, send]) => send), signInGuess].flatMap((send) =>
    Array.from({ length: 4 }, async () => {
      while (!over) junk.push((await send()).status);
    }),
  );
  const statuses: number[] = [];
  // Those who are known go ahead, so that it takes a while until as much junk has been answered.
  while (junk.length < 100) statuses.push(...(await Promise.all(good())).map(({ status }) => status));
  over = true;
  await Promise.all(senders);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(statuses.length).toBeGreaterThan(10);
  expect([400, 401, 'UNAUTHENTICATED', 'RATE_LIMITED']).toEqual(expect.arrayContaining([...new Set(junk)]));
  const [secretsAfter = 0, passwordsAfter = 0] = runs();
  expect(secretsAfter).toBe(secrets);
  expect(passwordsAfter - passwords).toBeLessThanOrEqual(5);
});

const json = { 'Content-Type': 'application/json' };
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const operation = (query: string, headers: Record<string, string>): Raw => ({
  method: 'POST',
  path: '/graphql',
  headers: { ...json, ...headers },
  body: JSON.stringify({ query }),
});
const asClient = (path: string, body: string): Raw => ({
  method: 'POST',
  path,
  headers: { ...form, Authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
  body,
});
/** What each kind of good caller asks for. */
const asked: Record<string, () => Raw> = {
  'an API key': () => operation(list, { Authorization: key.authorization ?? '' }),
  'an access token': () => operation(list, { Authorization: reader.authorization ?? '' }),
  'a key at the records': () => ({
    path: '/export/v1/records/users',
    headers: { Authorization: key.authorization ?? '' },
  }),
  'a key that is tested': () => ({
    path: '/rest/v1/auth/test',
    headers: { Authorization: key.authorization ?? '' },
  }),
  'a client that wants a token': () => asClient('/oauth/v1/token', 'grant_type=client_credentials'),
  'a client that introspects': () => asClient('/oauth/v1/introspect', 'token=unknown'),
  'a client that revokes': () => asClient('/oauth/v1/revoke', 'token=unknown'),
};

test.each(Object.entries(asked))(
  '%s is served before a heap of junk, once it is known',
  async (_who, request) => {
    const heap = Array.from({ length: 300 }, () => operation('{ __typename }', {}));
    await sendAtOnce(app.url, [request()]);
    const order = await sendAtOnce(app.url, [...heap, request()]);
    expect(order.indexOf(heap.length)).toBeLessThan(heap.length / 2);
  },
);
