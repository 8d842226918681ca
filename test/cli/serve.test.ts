// The first minute, as a person has it: start, paste what the terminal shows, stop, start again.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pipeline, signedIn } from '../support/actors.ts';
import {
  cleanUp,
  printedPassword,
  type ServerProcess,
  stackTrace,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';

let dataDirectory: string;
let server: ServerProcess;
let password: string;
let client: { clientId: string; clientSecret: string };
const runs: ServerProcess[] = [];

async function start(): Promise<ServerProcess> {
  server = await startServer({ LATCHKEY_DATA_DIR: dataDirectory });
  runs.push(server);
  await server.untilListening();
  return server;
}

beforeAll(async () => {
  dataDirectory = join(await temporaryFolder(), 'data');
  await start();
  password = printedPassword(server.stdout()) ?? 'none was printed';
});
afterAll(cleanUp);

/** What a shell makes of text that is pasted into it. */
async function paste(shell: string, commands: string): Promise<string> {
  const cwd = await temporaryFolder();
  const child = spawn(shell, { cwd, env: { PATH: process.env.PATH } });
  child.stdin.end(commands);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect(await readdir(cwd), 'a session lies in no file').toEqual([]);
  return stdout + stderr;
}

/** From the first comment on, as it stands in the terminal. */
const printedCommands = () => server.stdout().slice(server.stdout().indexOf('# 1.'));

/** The total of the conversations, asked for by the client that the pasted commands made. */
async function conversations(): Promise<number> {
  const reader = await pipeline(server.app, { ...client, credential: {} as never });
  const data = await reader.run<{ conversations: { totalCount: number } }, never>(
    '{ conversations(first: 1) { totalCount } }',
  );
  return data.conversations.totalCount;
}

test('a first start prints the address, an e-mail, a password, and three commands', () => {
  const said = server.stdout();
  expect(said).toContain(`http://localhost:${server.port}`);
  expect(said).toContain(`http://localhost:${server.port}/graphql`);
  expect(said).toMatch(/^ {2}e-mail {4}admin@example\.com$/m);
  expect(password).toMatch(/^[0-9A-Za-z]{22}$/);
  expect(said.match(/^# \d\. /gm)).toEqual(['# 1. ', '# 2. ', '# 3. ']);
});

test('the data folder and the master key in it are for their owner alone', async () => {
  expect((await stat(dataDirectory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(dataDirectory, 'master.key'))).mode & 0o777).toBe(0o600);
  const key = await readFile(join(dataDirectory, 'master.key'), 'utf8');
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  expect(server.stdout() + server.stderr()).not.toContain(key.trim());
});

test.each(['bash', 'sh'])(
  'the three commands, pasted into %s as printed, end with conversations',
  async (shell) => {
    const said = await paste(shell, printedCommands());
    const [, clientId = '', clientSecret = ''] = /"clientId":"(\w+)","clientSecret":"(\w+)"/.exec(said) ?? [];
    client = { clientId, clientSecret };
    expect(said.match(/"userErrors":\[[^\]]*\]/g)).toEqual(['"userErrors":[]']);
    expect(said).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/m);
    const nodes = JSON.parse(said.trim().split('\n').at(-1) ?? '').data.conversations.nodes;
    expect(nodes).toHaveLength(3);
    expect(nodes[0]).toMatchObject({ id: expect.any(String), createdTime: expect.any(String) });
  },
);

test('a second start finds everything in place and prints no password', async () => {
  const before = await conversations();
  expect(before).toBe(300);
  server.send('SIGTERM');
  expect(await server.ended).toBe(0);
  await start();
  expect(server.stdout()).toContain(`http://localhost:${server.port}/graphql`);
  expect(server.stdout()).not.toMatch(/password|# 1\.|curl/i);
  expect(await conversations()).toBe(before);
  await signedIn(server.app, 'admin@example.com', password);
});

test('after kill -9 the next start works at once, with everything that was there', async () => {
  const admin = await signedIn(server.app, 'admin@example.com', password);
  const created = await admin.run<{ createCredential: { secret: { apiKey: string } } }, never>(
    `mutation { createCredential(input: { name: "Before the end", authenticationType: API_KEY, scopes: [USERS] }) {
       secret { ... on ApiKeySecret { apiKey } } } }`,
  );
  server.send('SIGKILL');
  expect(await server.ended).toBe('SIGKILL');
  await start();
  expect(server.stdout()).not.toMatch(/password/i);
  expect(await conversations()).toBe(300);
  const reply = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: created.createCredential.secret.apiKey,
    },
    body: JSON.stringify({ query: '{ users(first: 1) { totalCount } }' }),
  });
  expect(reply.status).toBe(200);
});

test('nothing of all this printed a stack trace or a warning', () => {
  const said = runs.map((run) => run.stdout() + run.stderr()).join('');
  expect(said).not.toMatch(stackTrace);
  expect(said).not.toMatch(/"level":"(?:warn|error|fatal)"|Warning:/);
});
