// SIGTERM: what is in flight is finished, what is new is refused, what was gathered is written, and the status is 0.

import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Caller, createApiKey, signedIn } from '../support/actors.ts';
import { runCommand } from '../support/commands.ts';
import { masterKey } from '../support/master-key.ts';
import {
  cleanUp,
  migratedFolder,
  type ServerProcess,
  stackTrace,
  startServer,
} from '../support/server-process.ts';

const password = 'a password for the whole file';
let settings: Record<string, string>;
let server: ServerProcess;

beforeEach(async () => {
  settings ??= {
    LATCHKEY_DATA_DIR: await migratedFolder(),
    LATCHKEY_MASTER_KEY: masterKey,
    LATCHKEY_ADMIN_PASSWORD: password,
    LATCHKEY_SAMPLE_DATA: 'off',
  };
  server = await startServer(settings);
  await server.untilListening();
});
afterAll(cleanUp);

interface Conversation {
  socket: net.Socket;
  heard(): string;
  until(pattern: RegExp): Promise<void>;
}

async function connect(): Promise<Conversation> {
  const socket = net.connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  let heard = '';
  let over = false;
  socket.setEncoding('utf8').on('data', (chunk) => {
    heard += chunk;
  });
  socket
    .on('error', () => {})
    .on('close', () => {
      over = true;
    });
  const until = async (pattern: RegExp) => {
    while (!pattern.test(heard)) {
      if (over) throw new Error(`the connection ended with: ${heard}`);
      await pause(5);
    }
  };
  return { socket, heard: () => heard, until };
}

const signInBody = (given: string) =>
  JSON.stringify({
    query: `mutation { signIn(input: { email: "admin@example.com", password: ${JSON.stringify(given)} }) {
      expiresAt userErrors { code } } }`,
  });

/** A request whose head has been read by its route, which now waits for the body. */
async function requestWithoutBody(body: string): Promise<Conversation> {
  const conversation = await connect();
  conversation.socket.write(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n` +
      `Content-Length: ${body.length}\r\n\r\n`,
  );
  await conversation.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  return conversation;
}

/** Stopping is logged before the server refuses anything. */
async function untilStopping(): Promise<void> {
  while (!server.stderr().includes('stopping')) await pause(5);
  await pause(20);
}

describe('at SIGTERM', () => {
  test('a request that is being worked on gets its reply', async () => {
    const wrong = signInBody('a wrong password, whose refusal takes a while');
    const request = await requestWithoutBody(wrong);
    request.socket.write(wrong);
    server.send('SIGTERM');
    await request.until(/"code":"INVALID"/);
    expect(request.heard()).toMatch(/HTTP\/1\.1 200 OK/);
    expect(await server.ended).toBe(0);
  });

  test('a request whose body is still arriving is finished, and its connection closed', async () => {
    const body = signInBody(password);
    const request = await requestWithoutBody(body);
    request.socket.write(body.slice(0, 20));
    server.send('SIGTERM');
    await untilStopping();
    await pause(300);
    request.socket.write(body.slice(20));
    await request.until(/"userErrors":\[\]/);
    expect(request.heard()).toMatch(/HTTP\/1\.1 200 OK/);
    expect(request.heard()).toMatch(/\r\nConnection: close\r\n/i);
    expect(await server.ended).toBe(0);
  });

  test('a new connection is refused, and a request on an open one gets 503 with Retry-After', async () => {
    const body = signInBody(password);
    const request = await requestWithoutBody(body);
    const open = await connect();
    open.socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n');
    await pause(50);
    server.send('SIGTERM');
    await untilStopping();
    const late = net.connect(server.port, '127.0.0.1');
    expect((await once(late, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
    open.socket.write('\r\n');
    await open.until(/SERVICE_UNAVAILABLE/);
    expect(open.heard()).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: \d+\r\n/s);
    request.socket.write(body);
    await request.until(/"userErrors":\[\]/);
    expect(await server.ended).toBe(0);
  });

  test('the last use of a credential is written', async () => {
    const admin = await signedIn(server.app, 'admin@example.com', password);
    const { apiKey, credential } = await createApiKey(admin);
    expect(credential.lastUsedAt).toBeNull();
    await new Caller(server.app, apiKey).run('{ viewer { scopes { value } } }');
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
    server = await startServer(settings);
    await server.untilListening();
    const again = await signedIn(server.app, 'admin@example.com', password);
    const { credential: stored } = await again.run<{ credential: { lastUsedAt: string | null } }, never>(
      `{ credential(id: "${credential.id}") { lastUsedAt } }`,
    );
    expect(stored.lastUsedAt).toEqual(expect.any(String));
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  test('a second one cuts nothing short', async () => {
    const body = signInBody(password);
    const request = await requestWithoutBody(body);
    server.send('SIGTERM');
    await untilStopping();
    server.send('SIGTERM');
    await pause(50);
    request.socket.write(body);
    await request.until(/"userErrors":\[\]/);
    expect(await server.ended).toBe(0);
  });

  test('with LATCHKEY_DRAIN_MS it is not ready, and goes on for that long, closing connections', async () => {
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
    server = await startServer({ ...settings, LATCHKEY_DRAIN_MS: '1500' });
    await server.untilListening();
    server.send('SIGTERM');
    while ((await fetch(`${server.url}/readyz`)).status === 200) await pause(5);
    const late = await connect();
    late.socket.write('GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await late.until(/"keys":\[/);
    expect(late.heard()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(late.heard()).toMatch(/\r\nConnection: close\r\n/i);
    expect(await server.ended).toBe(0);
  });

  test('an idle server lets go of its folder, and says nothing that alarms', async () => {
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(server.stderr()).not.toMatch(stackTrace);
    expect(server.stderr()).not.toMatch(/"level":"(?:warn|error|fatal)"/);
    expect(await runCommand(['keys', 'list'], settings)).toMatchObject({ status: 0, stderr: '' });
  });
});

test('SIGUSR1 does not open the inspector', async () => {
  server.send('SIGUSR1');
  for (let i = 0; i < 3; i++) expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  expect(server.stderr()).not.toContain('Debugger');
});
