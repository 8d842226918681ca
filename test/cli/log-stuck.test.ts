// The log has nowhere to go: a pipe that nobody reads, a reader that went away, a disk that is full. Requests are answered
// all the same, and credentials change as ever.

import { existsSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiKey, signedIn } from '../support/actors.ts';
import { masterKey } from '../support/master-key.ts';
import {
  cleanUp,
  type LogReader,
  migratedFolder,
  type ServerProcess,
  startServer,
} from '../support/server-process.ts';

const password = 'a password for the whole file';
let settings: Record<string, string>;
beforeAll(async () => {
  settings = {
    LATCHKEY_DATA_DIR: await migratedFolder(),
    LATCHKEY_MASTER_KEY: masterKey,
    LATCHKEY_ADMIN_PASSWORD: password,
    LATCHKEY_SAMPLE_DATA: 'off',
  };
});
afterAll(cleanUp);

async function start(log: LogReader): Promise<ServerProcess> {
  const server = await startServer(settings, log);
  await server.untilListening();
  return server;
}

/** About three times what a pipe holds. */
async function logMuch(server: ServerProcess): Promise<void> {
  const path = `${server.url}/${'x'.repeat(99)}`;
  for (let round = 0; round < 30; round++) {
    const replies = await Promise.all(Array.from({ length: 50 }, () => fetch(path)));
    await Promise.all(replies.map((reply) => reply.text()));
    expect(replies.map((reply) => reply.status).filter((status) => status !== 404)).toEqual([]);
  }
}

async function expectWell(server: ServerProcess): Promise<void> {
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  await createApiKey(await signedIn(server.app, 'admin@example.com', password));
  server.send('SIGTERM');
  expect(await server.ended).toBe(0);
}

function isRunning({ pid }: ServerProcess): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a pipe that nobody reads holds nobody up, and the lines come once it is read', async () => {
  const server = await start('unread');
  await logMuch(server);
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  server.readLog();
  while (!server.stderr().includes('"path":"/livez"')) await pause(20);
  await expectWell(server);
});

test('a server stops in time though nobody reads its log', async () => {
  const server = await start('unread');
  await logMuch(server);
  server.send('SIGTERM');
  // Nobody reads, so the end of the pipe does not come: it is the process itself that has to be gone.
  while (isRunning(server)) await pause(50);
  server.readLog();
  expect(await server.ended).toBe(0);
});

test('a reader that goes away takes nothing with it', async () => {
  const server = await start('unread');
  server.closeLog();
  await logMuch(server);
  await expectWell(server);
});

test.runIf(existsSync('/dev/full'))('a disk that is full for the log stops nothing', async () => {
  const server = await start(openSync('/dev/full', 'w'));
  await logMuch(server);
  await expectWell(server);
});
