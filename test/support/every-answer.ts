// One request of every kind that needs the database, all at once, and what they are answered with.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { goodForMs } from '../../src/http/health.ts';
import { SignInDocument, ViewerDocument } from '../operations/documents.ts';
import {
  anybody,
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  pipeline,
  requestToken,
  signedIn,
} from './actors.ts';
import { adminPassword, startApp, type TestApp } from './app.ts';

export interface Callers {
  admin: Caller;
  key: Caller;
  reader: Caller;
  client: OAuthClient;
}

export async function callersOf(app: TestApp): Promise<Callers> {
  const admin = await signedIn(app);
  const client = await createClient(admin);
  const { apiKey } = await createApiKey(admin);
  return { admin, client, key: new Caller(app, apiKey), reader: await pipeline(app, client) };
}

const authorized = ({ authorization = '' }: Caller) => ({ Authorization: authorization });

interface Answer {
  status: number;
  retryAfter: string | null;
  text: string;
}

/** `/livez` is among them and needs no database. */
export async function everyAnswer(app: TestApp, callers: Callers): Promise<Record<string, Answer>> {
  // What `/readyz` said a moment ago counts no more.
  await pause(goodForMs + 10);
  const [admin, key, reader] = [callers.admin, callers.key, callers.reader].map(
    ({ authorization }) => new Caller(app, authorization),
  ) as [Caller, Caller, Caller];
  const { clientId, clientSecret } = callers.client;
  const send = async (path: string, init?: RequestInit) => {
    const response = await fetch(app.url + path, init);
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  const requests: Record<string, Promise<{ status: number; headers: Headers }>> = {
    '/livez': send('/livez'),
    '/readyz': send('/readyz'),
    'the keys of the issuer': send('/.well-known/jwks.json'),
    'an API key': key.send(ViewerDocument),
    'an access token': reader.send('{ conversations(first: 1) { nodes { id } } }'),
    'a session': admin.send(ViewerDocument),
    'a sign-in': anybody(app).send(SignInDocument, {
      input: { email: 'admin@acme.example', password: adminPassword },
    }),
    'a change': admin.send(
      'mutation { createCredential(input: { name: "x", scopes: [USERS] }) { __typename } }',
    ),
    'a token request': requestToken(app, callers.client),
    'Test Auth': send('/rest/v1/auth/test', { headers: authorized(reader) }),
    'an introspection': send('/oauth/v1/introspect', {
      method: 'POST',
      headers: authorized(key),
      body: new URLSearchParams({ token: reader.authorization?.slice(7) ?? '' }),
    }),
    'a revocation': send('/oauth/v1/revoke', {
      method: 'POST',
      body: new URLSearchParams({ token: 'x', client_id: clientId, client_secret: clientSecret }),
    }),
  };
  const answers: Record<string, Answer> = {};
  for (const [name, request] of Object.entries(requests)) {
    const { status, headers, ...rest } = await request;
    answers[name] = { status, retryAfter: headers.get('retry-after'), text: JSON.stringify(rest) };
  }
  return answers;
}

const cause = /ECONN|postgres|sql|127\.0\.0\.1|terminat|pool|timeout|connect|statement/i;

/** Every answer but that of /livez is 503 with Retry-After, and tells nothing of why. */
export function expectUnavailable(answers: Record<string, Answer>): void {
  const { '/livez': livez, ...others } = answers;
  expect(livez?.status).toBe(200);
  const seen = Object.entries(others).map(([name, { status, retryAfter }]) => [name, status, retryAfter]);
  expect(seen).toEqual(Object.keys(others).map((name) => [name, 503, expect.stringMatching(/^[1-9]\d*$/)]));
  expect(Object.entries(others).filter(([, { text }]) => cause.test(text))).toEqual([]);
}

export function expectAllWell(answers: Record<string, Answer>): void {
  expect(Object.entries(answers).map(([name, { status }]) => [name, status])).toEqual(
    Object.keys(answers).map((name) => [name, 200]),
  );
}

/**
 * Another instance over the same database, with connections, limits, or a way there of its own. `close` closes its
 * connections too.
 */
export async function anotherInstance(
  { database, keys, organization, clock }: TestApp,
  differing: { databaseUrl?: string; statementTimeoutMs?: number; databasePoolSize?: number },
): Promise<TestApp> {
  const open = await openDatabase({
    databaseUrl: database.url ?? '',
    dataDirectory: '',
    databasePoolSize: 5,
    statementTimeoutMs: 15_000,
    purpose: 'tests',
    ...differing,
  });
  const app = await startApp({ database: { ...database, ...open }, keys, organization, clock });
  const close = async () => {
    await app.close();
    await open.close();
  };
  return { ...app, close };
}
