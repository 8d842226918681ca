// A server that is killed in the middle of its work, started again, used, and shut down leaves no secret in plain in its
// data folder, write-ahead log included, nor in what it said.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anySecret, spellingsOf } from '../support/leak-search.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const masterKey = randomBytes(32);
const password = 'a "password" / of + the first = admin';
const newPassword = 'the password of another person';

let folder: string;
let server: ChildProcess;
let said = '';
let url: string;
const secrets: Record<string, string> = {
  'the master key in base64': masterKey.toString('base64'),
  'the master key in hex': masterKey.toString('hex'),
  'the password': password,
  'the password of another': newPassword,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-secrets-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  // A crash with everything in use, then a start on what it left, use again, and an orderly shutdown.
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    start(port);
    await untilReady();
    await useSecrets(signal);
    server.kill(signal);
    await once(server, 'exit');
  }
});
afterAll(async () => {
  if (server.exitCode === null && server.signalCode === null) server.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function start(port: number): void {
  server = spawn(process.execPath, ['dist/src/main.js', 'serve'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      LOG_LEVEL: 'trace',
      LATCHKEY_DATA_DIR: join(folder, 'data'),
      LATCHKEY_MASTER_KEY: masterKey.toString('base64'),
      LATCHKEY_ADMIN_EMAIL: 'admin@acme.example',
      LATCHKEY_ADMIN_PASSWORD: password,
      LATCHKEY_SAMPLE_DATA: 'off',
    },
  });
  for (const stream of [server.stdout, server.stderr]) stream?.on('data', (chunk) => (said += chunk));
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}

async function untilReady(): Promise<void> {
  while (server.exitCode === null) {
    const reply = await fetch(`${url}/readyz`).catch(() => undefined);
    if (reply?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the server did not start:\n${said}`);
}

async function graphql(query: string, variables: object = {}, authorization?: string) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(authorization && { Authorization: authorization }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = (await response.json()) as { data?: Record<string, Record<string, unknown>> };
  return data;
}

/** Makes one of each kind of secret, and uses it well and badly. */
async function useSecrets(before: string): Promise<void> {
  const signIn = `mutation ($password: String!) { signIn(input: { email: "admin@acme.example", password: $password,
    transport: BEARER }) { sessionToken } }`;
  const session = String((await graphql(signIn, { password }))?.signIn?.sessionToken);
  const create = `mutation ($type: AuthenticationType!) { createCredential(input: { name: "Export", scopes: [USERS],
    authenticationType: $type }) { secret { ... on ApiKeySecret { apiKey } ... on OAuthClientSecret { clientId clientSecret } } } }`;
  const made = async (type: string) =>
    (await graphql(create, { type }, `Bearer ${session}`))?.createCredential?.secret as Record<
      string,
      string
    >;
  const { apiKey = '' } = await made('API_KEY');
  const { clientId = '', clientSecret = '' } = await made('OAUTH2_CLIENT_CREDENTIALS');
  const token = `mutation ($id: ID!, $secret: String!) {
    clientCredentialsToken(input: { clientId: $id, clientSecret: $secret }) { accessToken } }`;
  const accessToken = String(
    (await graphql(token, { id: clientId, secret: clientSecret }))?.clientCredentialsToken?.accessToken,
  );
  for (const [name, secret] of Object.entries({ session, apiKey, clientSecret, accessToken })) {
    secrets[`${name} before ${before}`] = secret;
  }
  const account = `mutation ($password: String!) { createAccount(input: { kind: PERSON, name: "Ada", email: "ada@acme.example",
    password: $password }) { userErrors { code } } }`;
  await graphql(account, { password: newPassword }, `Bearer ${session}`);
  for (const secret of [session, apiKey, accessToken])
    await graphql('{ viewer { scopes { value } } }', {}, secret);
  for (const secret of [session, apiKey, clientSecret, accessToken, password]) {
    await graphql(token, { id: secret, secret });
    await graphql(signIn, { password: [secret] });
    await graphql('query ($id: ID!) { credential(id: $id) { id } }', { id: secret }, `Bearer ${session}`);
    await fetch(`${url}/oauth/v1/token?client_secret=${encodeURIComponent(secret)}`, { method: 'POST' });
  }
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('after kill -9 and after a shutdown', () => {
  test('no file of the data folder holds a secret, in any spelling', async () => {
    for (const [name, secret] of Object.entries(secrets)) expect(secret.length, name).toBeGreaterThan(20);
    const files = await filesIn(join(folder, 'data'));
    expect(files.some((file) => file.includes('pg_wal'))).toBe(true);
    const found: string[] = [];
    let hintSeen = false;
    for (const file of files) {
      const bytes = await readFile(file);
      hintSeen ||= bytes.includes(secrets['apiKey before SIGKILL']?.slice(0, 11) ?? 'no API key');
      if (bytes.includes(masterKey)) found.push(`the master key is in ${file}`);
      if (anySecret.test(bytes.toString('latin1')))
        found.push(`something of the form of a secret is in ${file}`);
      for (const [name, secret] of Object.entries(secrets)) {
        if (spellingsOf(secret).some((spelling) => bytes.includes(spelling)))
          found.push(`${name} is in ${file}`);
      }
    }
    expect(found).toEqual([]);
    expect(hintSeen, 'the credential itself is on disk').toBe(true);
  });

  test('the log says nothing of them either', () => {
    expect(said).toContain('"requestId"');
    expect(said).not.toMatch(anySecret);
    for (const [name, secret] of Object.entries(secrets)) {
      expect(
        spellingsOf(secret).filter((spelling) => said.includes(spelling)),
        name,
      ).toEqual([]);
    }
  });
});
