// Canaries: every kind of secret is made, used well, and put into every wrong place, while things work and while the
// database fails; then it is searched for in the log, in the database, and in replies.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unseal } from '../../src/auth/server-keys.ts';
import {
  AuditEventsDocument,
  ChangePasswordDocument,
  CredentialsDocument,
  RevokeCredentialDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import {
  anybody,
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  pipeline,
  signedIn,
} from '../support/actors.ts';
import { adminPassword, startApp, type TestApp } from '../support/app.ts';
import { anySecret, everyColumn, leaksIn, spellingsOf } from '../support/leak-search.ts';
import { misuse } from '../support/misuse.ts';
import { type RawReply, rawGraphql } from '../support/raw-reply.ts';
import { watched } from '../support/statements.ts';
import { basic, introspection, reportLeaked, revocation, testAuth } from '../support/token-endpoints.ts';

let app: TestApp;
let admin: Caller;
const secrets: Record<string, string> = { password: adminPassword };
/** Used well at least once; the others are kept by the server alone. */
const presented = ['API key', 'client secret', 'access token', 'session token', 'cookie session', 'password'];
const changedPassword = 'another "quoted" pass\\word / of + hers';
const wrongPassword = 'no "password" of \\ anybody / that + was typed';
const newPassword = 'a "quoted" pass\\word / of + somebody = new';

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  const client = await createClient(admin, ['CONVERSATIONS', 'USERS']);
  const key = await createApiKey(admin, ['USERS']);
  const reader = await pipeline(app, client);
  Object.assign(secrets, {
    'API key': key.apiKey,
    'client secret': client.clientSecret,
    'access token': reader.authorization?.slice(7),
    'session token': admin.authorization?.slice(7),
    'cookie session': await cookieSession(),
    'new password': newPassword,
    'changed password': changedPassword,
    'wrong password': wrongPassword,
    ...(await serverKeys()),
  });
  for (const caller of [admin, reader, new Caller(app, key.apiKey)]) await caller.run(ViewerDocument);
  for (const { authorization } of [reader, new Caller(app, key.apiKey)]) await testAuth(app, authorization);
  for (const name of ['access token', 'API key', 'client secret', 'session token'])
    await introspection(app, basic(client), secrets[name] ?? '');
  for (const name of ['a revoked token', 'a reported key', 'a reported client secret'])
    secrets[name] = await ended(name, client);
  const account = { kind: 'PERSON', name: 'Ada', email: 'ada@acme.example', password: newPassword };
  const query =
    'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { userErrors { code } } }';
  await admin.run(query, { input: account });
  const ada = await signedIn(app, 'ada@acme.example', newPassword);
  for (const currentPassword of [wrongPassword, newPassword]) {
    const input = { currentPassword, newPassword: changedPassword };
    await ada.run(ChangePasswordDocument, { input });
  }
  await signedIn(app, 'ada@acme.example', changedPassword);
  await app.auth.credentialUse.flush();
});
afterAll(() => app.close());

/** Something that was revoked by presenting it. */
async function ended(name: string, client: OAuthClient): Promise<string> {
  if (name === 'a revoked token') {
    const token = (await pipeline(app, client)).authorization?.slice(7) ?? '';
    expect((await revocation(app, basic(client), token)).status).toBe(200);
    return token;
  }
  const secret =
    name === 'a reported key' ? (await createApiKey(admin)).apiKey : (await createClient(admin)).clientSecret;
  expect((await reportLeaked(app, { secret })).status).toBe(202);
  return secret;
}

async function cookieSession(): Promise<string> {
  const query = `mutation { signIn(input: { email: "admin@acme.example", password: "${adminPassword}" }) { expiresAt } }`;
  const reply = await rawGraphql(app, undefined, { query });
  return /latchkey_session=([^;]+)/.exec(reply.headers['set-cookie'] ?? '')?.[1] ?? '';
}

/** What the server holds and never gives out: derived keys, and the private half of the signing key. */
async function serverKeys(): Promise<Record<string, string>> {
  const rows = await app.db.selectFrom('signing_keys').select(['kid', 'sealed_private_key']).execute();
  const pem = rows.map((row) => unseal(app.keys.seal, row.kid, row.sealed_private_key ?? '')).join('\n');
  const { fingerprint: _, accepted: __, ...derived } = app.keys;
  const named = Object.entries(derived).map(([name, key]) => [
    `${name} key`,
    (key as Buffer).toString('base64'),
  ]);
  return {
    'private signing key': pem.split('\n').find((line) => line.length > 60) ?? '',
    ...Object.fromEntries(named),
  };
}

const textsOf = (replies: RawReply[]) =>
  Object.fromEntries(
    replies.map((reply, i) => [
      `reply ${i}: ${reply.body.slice(0, 300)}`,
      JSON.stringify(reply) + reply.body,
    ]),
  );

test('the search finds a secret in every spelling', () => {
  const secret = 'a "secret" of + some / length = 42';
  for (const before of ['', 'x', 'xy', 'id:']) {
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const text = Buffer.from(`${before}${secret}, and more`).toString(encoding);
      expect(leaksIn({ secret }, { text }), text).toHaveLength(1);
    }
  }
  for (const text of [
    JSON.stringify({ secret }),
    new URLSearchParams({ secret }).toString(),
    encodeURIComponent(secret),
  ]) {
    expect(leaksIn({ secret }, { text }), text).toHaveLength(1);
  }
  expect(spellingsOf(secret).every((spelling) => spelling.length > 20)).toBe(true);
  for (const [name, canary] of Object.entries(secrets)) expect(canary.length, name).toBeGreaterThan(20);
});

test('secrets used as they should be are in no log line and no column', async () => {
  expect(leaksIn(secrets, { 'the log': app.log.join('\n') })).toEqual([]);
  expect(leaksIn(secrets, await everyColumn(app.db))).toEqual([]);
  expect(app.log.length).toBeGreaterThan(5);
});

test('secrets used as they should be are in no parameter and no text of a statement', async () => {
  const twin = await watched(app);
  const person = await signedIn(twin);
  const query = `mutation { signIn(input: { email: "admin@acme.example", password: "${adminPassword}x" }) { expiresAt } }`;
  await anybody(twin).send(query);
  const client = await createClient(person);
  const { apiKey, credential } = await createApiKey(person);
  const reader = await pipeline(twin, client);
  const other = await pipeline(twin, client);
  const tokens = [reader, other].map(({ authorization }) => authorization?.slice(7) ?? '');
  for (const caller of [reader, new Caller(twin, apiKey), person]) await caller.run(ViewerDocument);
  await introspection(twin, basic(client), tokens[0] ?? '');
  await revocation(twin, basic(client), tokens[0] ?? '');
  await person.run(
    'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { userErrors { code } } }',
    {
      input: { kind: 'PERSON', name: 'Eve', email: 'eve@acme.example', password: newPassword },
    },
  );
  await person.run(RevokeCredentialDocument, { input: { id: credential.id } });
  await reportLeaked(twin, { secret: client.clientSecret });
  await person.run('mutation { signOut { userErrors { code } } }');
  await twin.auth.credentialUse.flush();
  const own = { apiKey, secret: client.clientSecret, session: person.authorization?.slice(7) ?? '' };
  const sent = twin.statements.map(({ sql, parameters }) =>
    [sql, ...parameters.flat().map(searchable)].join('\n'),
  );
  await twin.close();
  expect(sent.join('\n')).toContain('eve@acme.example');
  expect(sent.some((text) => text.includes(client.clientId))).toBe(true);
  expect(
    leaksIn(
      { ...secrets, ...own, token: tokens[0] ?? '', 'other token': tokens[1] ?? '' },
      Object.fromEntries(sent.map((text) => [text.slice(0, 200), text])),
    ),
  ).toEqual([]);
  expect(sent.join('\n')).not.toMatch(anySecret);
});

/** Of a parameter every spelling that a log of statements may give it. */
const searchable = (parameter: unknown): string =>
  Buffer.isBuffer(parameter)
    ? `${parameter.toString('latin1')} ${parameter.toString('hex')}`
    : typeof parameter === 'string'
      ? parameter
      : (JSON.stringify(parameter) ?? '');

test('no query returns a secret after the mutation that showed it', async () => {
  const seen = JSON.stringify([
    await admin.run(CredentialsDocument, {}),
    await admin.run(AuditEventsDocument, {}),
    await admin.run(ViewerDocument),
  ]);
  expect(seen).toContain('lk_');
  expect(leaksIn(secrets, { seen })).toEqual([]);
  expect(seen).not.toMatch(anySecret);
});

describe('a secret in a wrong place', () => {
  test.each(presented)('is in no reply, no log line, and no column: %s', async (name) => {
    const instance = await startApp(app);
    const canary = { [name]: secrets[name] ?? '' };
    const helper = await signedIn(instance);
    instance.log.length = 0;
    const replies = await misuse(instance, helper.authorization ?? '', secrets[name] ?? '');
    await instance.close();
    expect(leaksIn(canary, textsOf(replies))).toEqual([]);
    expect(leaksIn(canary, Object.fromEntries(instance.log.map((line) => [line, line])))).toEqual([]);
    expect(leaksIn(canary, await everyColumn(app.db))).toEqual([]);
  });

  test.each(['API key', 'client secret', 'session token', 'access token'])(
    'is not kept from a User-Agent header, also where it crosses the end of what is kept of one: %s',
    async (name) => {
      const query = `mutation { signIn(input: { email: "admin@acme.example", password: "${adminPassword}" }) { expiresAt } }`;
      for (const before of ['', 'x'.repeat(250)]) {
        const userAgent = `pipeline/1.0 ${before} ${secrets[name]}`;
        await rawGraphql(app, undefined, { query }, { 'User-Agent': userAgent });
      }
      const beginning = (secrets[name] ?? '').slice(0, 30);
      expect(leaksIn({ [name]: beginning }, await everyColumn(app.db))).toEqual([]);
    },
  );

  test.each(['API key', 'client secret', 'session token'])(
    'is refused as a name, and stored nowhere: %s',
    async (name) => {
      const query = `mutation ($name: String!) {
      createCredential(input: { name: $name, scopes: [USERS] }) { userErrors { code field } }
      createAccount(input: { kind: SERVICE_ACCOUNT, name: $name }) { userErrors { code field } } }`;
      const data = await admin.run<Record<string, unknown>, object>(query, { name: secrets[name] });
      const refused = { userErrors: [{ code: 'INVALID', field: ['input', 'name'] }] };
      expect(data).toEqual({ createCredential: refused, createAccount: refused });
      expect(leaksIn({ [name]: secrets[name] ?? '' }, await everyColumn(app.db))).toEqual([]);
    },
  );
});

describe('while the database fails', () => {
  let broken: TestApp;
  beforeAll(async () => {
    // Attempts to sign in are counted in the database otherwise, also those that fail.
    broken = await startApp(undefined, { rateLimitStore: 'memory' });
  });
  afterAll(() => broken.close());

  test('a create that cannot be audited does not happen, and its secret is nowhere', async () => {
    const person = await signedIn(broken);
    const known = await createClient(person);
    await sql`alter table audit_events rename to audit_events_elsewhere`.execute(broken.db);
    const before = await everyColumn(broken.db);
    broken.log.length = 0;
    const input = { kind: 'PERSON', name: 'Ada', email: 'ada@acme.example', password: newPassword };
    const replies = [
      await person.send(
        'mutation { createCredential(input: { name: "A", scopes: [USERS] }) { secret { __typename } } }',
      ),
      await person.send(
        'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { userErrors { code } } }',
        { input },
      ),
      await person.send(ChangePasswordDocument, {
        input: { currentPassword: adminPassword, newPassword: changedPassword },
      }),
      await person.send(
        'mutation ($id: ID!) { revokeCredential(input: { id: $id }) { userErrors { code } } }',
        { id: known.clientId },
      ),
      await anybody(broken).send(
        `mutation { signIn(input: { email: "admin@acme.example", password: "${adminPassword}", transport: BEARER }) { sessionToken } }`,
      ),
    ];
    for (const reply of replies) {
      expect(reply).toMatchObject({
        status: 500,
        data: undefined,
        errors: [{ extensions: { code: 'INTERNAL' } }],
      });
    }
    expect(await everyColumn(broken.db)).toEqual(before);
    const texts = { 'the log': broken.log.join('\n'), 'a reply': JSON.stringify(replies) };
    expect(
      leaksIn({ newPassword, changedPassword, adminPassword, secret: known.clientSecret }, texts),
    ).toEqual([]);
    expect(JSON.stringify(texts)).not.toMatch(anySecret);
    expect(texts['a reply']).not.toMatch(/audit_events|relation/);
    await sql`alter table audit_events_elsewhere rename to audit_events`.execute(broken.db);
  });

  test('a key that cannot be checked is 503, and not in the log with the failure', async () => {
    const person = await signedIn(broken);
    const { apiKey } = await createApiKey(person);
    const client = await createClient(person);
    await sql`alter table credentials rename to credentials_elsewhere`.execute(broken.db);
    broken.log.length = 0;
    const reply = await new Caller(broken, apiKey).send(ViewerDocument);
    expect(reply).toMatchObject({ status: 503, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
    expect(reply.headers.get('retry-after')).toMatch(/^\d+$/);
    await expect(pipeline(broken, client)).rejects.toThrow('temporarily_unavailable');
    const session = person.authorization?.slice(7) ?? '';
    expect(broken.log.join('\n')).toContain('credentials');
    expect(
      leaksIn({ apiKey, session, secret: client.clientSecret }, { 'the log': broken.log.join('\n') }),
    ).toEqual([]);
  });
});
