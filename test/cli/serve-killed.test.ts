// A first start that is killed, at whatever moment and however often, is made good by the next one.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test, vi } from 'vitest';
import { defaultSampleSize, sampleRecords } from '../../src/db/data/sample.ts';
import { signedIn } from '../support/actors.ts';
import {
  cleanUp,
  printedPassword,
  type ServerProcess,
  stackTrace,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';

// Five starts, each as long as the machine takes.
vi.setConfig({ testTimeout: 300_000 });
afterAll(cleanUp);

const inFolder = async (path: string, name: RegExp) =>
  (await readdir(path).catch(() => [] as string[])).some((entry) => name.test(entry));

/** What to wait for before the random moment, so that the kills fall into every stage on a machine of any speed. */
const stages: Record<string, (server: ServerProcess, dataDirectory: string) => Promise<boolean>> = {
  'the program loads': async () => true,
  'the database is being made': (_, folder) => inFolder(folder, /^pg\.building-/),
  'the database is migrated and filled': (_, folder) => inFolder(folder, /^pg$/),
  'the password is printed': async (server) => printedPassword(server.stdout()) !== undefined,
};

/** Starts, waits for the stage and up to `atMostMs` more, and kills. @returns what was printed. */
async function killedStart(stage: string, dataDirectory: string, atMostMs: number): Promise<string> {
  const server = await startServer({ LATCHKEY_DATA_DIR: dataDirectory });
  const listening = () => server.stdout().includes('listening');
  while (!(await stages[stage]?.(server, dataDirectory)) && !listening()) await pause(5);
  await pause(Math.random() * atMostMs);
  server.send('SIGKILL');
  expect(await server.ended).toBe('SIGKILL');
  expect(server.stderr()).toBe('');
  return server.stdout();
}

async function recordsOf(server: ServerProcess, password: string): Promise<Record<string, number>> {
  const admin = await signedIn(server.app, 'admin@example.com', password);
  const lists = ['users', 'conversations', 'interactions', 'pluginCalls', 'pluginResources'];
  const data = await admin.run<Record<string, { totalCount: number }>, never>(
    `{ ${lists.map((list) => `${list}(first: 1) { totalCount }`).join(' ')} }`,
  );
  return Object.fromEntries(lists.map((list) => [list, data[list]?.totalCount ?? 0]));
}

function completeSample(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { resource } of sampleRecords({ ...defaultSampleSize, until: new Date() })) {
    const list = resource.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    counts[list] = (counts[list] ?? 0) + 1;
  }
  return counts;
}

test.concurrent.each([
  { atMostMs: 150, name: 'soon after each stage' },
  { atMostMs: 900, name: 'well into each stage' },
])(
  'killed $name, the next start has an admin whose password was printed, and all sample records',
  async ({ atMostMs }) => {
    const dataDirectory = join(await temporaryFolder(), 'data');
    let printed = '';
    for (const stage of Object.keys(stages)) printed += await killedStart(stage, dataDirectory, atMostMs);
    const server = await startServer({ LATCHKEY_DATA_DIR: dataDirectory });
    await server.untilListening();
    printed += server.stdout();
    // A password that was printed and not kept is followed by another one.
    expect(await recordsOf(server, printedPassword(printed) ?? 'none')).toEqual(completeSample());
    expect((await readdir(dataDirectory)).sort()).toEqual(['lock', 'master.key', 'pg']);
    expect(server.stdout() + server.stderr()).not.toMatch(stackTrace);
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
  },
);

test('SIGTERM during a first start ends it with 0 and no password, and the next start is a first start', async () => {
  const dataDirectory = join(await temporaryFolder(), 'data');
  const first = await startServer({ LATCHKEY_DATA_DIR: dataDirectory });
  while (!(await inFolder(dataDirectory, /^pg\.building-/))) await pause(5);
  first.send('SIGTERM');
  expect(await first.ended).toBe(0);
  expect(first.stdout()).toBe('');
  expect(first.stderr()).not.toMatch(stackTrace);
  expect(await readdir(join(dataDirectory, 'lock'))).toEqual([]);
  const second = await startServer({ LATCHKEY_DATA_DIR: dataDirectory });
  await second.untilListening();
  expect(await recordsOf(second, printedPassword(second.stdout()) ?? 'none')).toEqual(completeSample());
  expect(second.stdout()).toContain('# 3. Read conversations.');
});
