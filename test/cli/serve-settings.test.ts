// What a server is started with: unattended first starts, and everything that it refuses to start with.

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedIn } from '../support/actors.ts';
import { runCommand } from '../support/commands.ts';
import {
  cleanUp,
  freePort,
  migratedFolder,
  type ServerProcess,
  stackTrace,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';

const password = 'chosen by whoever deploys';
const masterKey = randomBytes(32).toString('base64');

let server: ServerProcess;
let settings: Record<string, string>;
beforeAll(async () => {
  settings = {
    LATCHKEY_DATA_DIR: await migratedFolder(),
    LATCHKEY_MASTER_KEY: masterKey,
    LATCHKEY_ADMIN_EMAIL: 'root@umbrella.example',
    LATCHKEY_ADMIN_PASSWORD: password,
    LATCHKEY_ORGANIZATION: 'Umbrella & Söhne',
    LATCHKEY_SAMPLE_DATA: 'off',
    LATCHKEY_PUBLIC_URL: 'https://keys.umbrella.example',
  };
  server = await startServer(settings);
  await server.untilListening();
});
afterAll(cleanUp);

/** Starts a server that is expected to refuse, and returns what it said on standard error. */
async function refusal(env: Record<string, string>): Promise<string> {
  const refused = await startServer(env);
  expect(await refused.ended).toBe(1);
  expect(refused.stdout()).not.toContain('listening');
  expect(refused.stderr()).not.toMatch(stackTrace);
  return refused.stderr();
}

const entriesOf = (...path: string[]) => readdir(join(...path)).catch((error) => error.code);

describe('an unattended first start', () => {
  test('takes the Super Admin and the organisation from the settings', async () => {
    const admin = await signedIn(server.app, 'root@umbrella.example', password);
    const { viewer } = await admin.run<{ viewer: unknown }, never>(
      '{ viewer { account { email role } organization { name slug } } }',
    );
    expect(viewer).toEqual({
      account: { email: 'root@umbrella.example', role: 'SUPER_ADMIN' },
      organization: { name: 'Umbrella & Söhne', slug: expect.stringMatching(/^[a-z0-9-]+$/) },
    });
  });

  test('prints where it listens and where clients find it, and commands with a placeholder for the password', () => {
    expect(server.stdout()).toContain(
      `listening at http://127.0.0.1:${server.port}, and clients find it at https://keys.umbrella.example `,
    );
    expect(server.stdout()).not.toContain(password);
    expect(server.stdout().match(/^# \d\. /gm)).toEqual(['# 1. ', '# 2. ', '# 3. ']);
    expect(server.stdout()).toContain('"password":"<LATCHKEY_ADMIN_PASSWORD>"');
    expect(server.stdout() + server.stderr()).not.toContain(masterKey);
  });

  test('makes no sample records when they are off', async () => {
    const admin = await signedIn(server.app, 'root@umbrella.example', password);
    const lists = ['conversations', 'interactions', 'pluginCalls', 'pluginResources', 'users'];
    const counts = await admin.run<Record<string, { totalCount: number }>, never>(
      `{ ${lists.map((list) => `${list}(first: 1) { totalCount }`).join(' ')} }`,
    );
    expect(Object.values(counts).map((list) => list.totalCount)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('a wrong setting stops the start', () => {
  test('with every problem listed, and nothing is made', async () => {
    const dataDirectory = join(await temporaryFolder(), 'data');
    const said = await refusal({
      LATCHKEY_DATA_DIR: dataDirectory,
      PORT: '70000',
      DATABASE_URL: 'mysql://someone:hunter2@localhost/latchkey',
      LATCHKEY_MASTER_KEY: 'c2hvcnQ=',
      LATCHKEY_PUBLIC_URL: 'http://keys.example.com',
      LATCHKEY_ADMIN_EMAIL: 'nobody',
      LATCHKEY_ADMIN_PASSWORD: 'short one',
      LATCHKEY_SAMPLE_DATA: 'no',
      LATCHKEY_ADMIN_PASWORD: 'misspelt and long enough',
      LOG_LEVEL: 'loud',
    });
    const problems = said.split('\n').flatMap((line) => /^ {2}- (\w+) .+\.$/.exec(line)?.[1] ?? []);
    expect(problems.sort()).toEqual([
      'DATABASE_URL',
      'LATCHKEY_ADMIN_EMAIL',
      'LATCHKEY_ADMIN_PASSWORD',
      'LATCHKEY_ADMIN_PASWORD',
      'LATCHKEY_MASTER_KEY',
      'LATCHKEY_PUBLIC_URL',
      'LATCHKEY_SAMPLE_DATA',
      'LOG_LEVEL',
      'PORT',
    ]);
    expect(said).not.toMatch(/hunter2|short one|misspelt|c2hvcnQ=/);
    expect(await entriesOf(dataDirectory)).toBe('ENOENT');
  });

  test('when the data folder cannot be one', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await symlink(join(folder, 'nowhere/data'), join(folder, 'link'));
    for (const name of ['file', 'file/data', 'link']) {
      const dataDirectory = join(folder, name);
      // Unset and empty are the same: then the key is looked for in the folder, before the database is.
      for (const key of ['', masterKey]) {
        const said = await refusal({ LATCHKEY_DATA_DIR: dataDirectory, LATCHKEY_MASTER_KEY: key });
        expect(said).toContain(dataDirectory);
        expect(said).toMatch(/ cannot be (?:read|written) \(E[A-Z]+\)\. .*LATCHKEY_DATA_DIR/);
      }
    }
  });
});

describe('a data folder is guarded', () => {
  test('a second server on the folder is refused and told which process has it', async () => {
    const said = await refusal({ ...settings, PORT: String(await freePort()) });
    expect(said).toContain(`"latchkey serve" (process ${server.pid}`);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test('so is a command', async () => {
    const { status, stderr } = await runCommand(['keys', 'list'], settings);
    expect(status).toBe(1);
    expect(stderr).toContain(`(process ${server.pid}`);
  });

  test('a port that is in use is named, and the folder is let go of', async () => {
    const dataDirectory = await migratedFolder();
    const env = { ...settings, LATCHKEY_DATA_DIR: dataDirectory, PORT: String(server.port) };
    const said = await refusal(env);
    expect(said).toMatch(new RegExp(`^Port ${server.port} on 127\\.0\\.0\\.1 is in use\\.`, 'm'));
    expect(await entriesOf(dataDirectory, 'lock')).toEqual([]);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});

describe('the master key', () => {
  beforeAll(async () => {
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  test('that is not the one of before is refused with what to do', async () => {
    const said = await refusal({ ...settings, LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64') });
    expect(said).toMatch(/^The master key is not the one that this database was set up with\. Start with/);
    expect(await entriesOf(settings.LATCHKEY_DATA_DIR ?? '', 'lock')).toEqual([]);
  });

  test('is missed when neither the settings nor the folder have it, and no new one is made', async () => {
    const { LATCHKEY_MASTER_KEY: _, ...without } = settings;
    const said = await refusal(without);
    expect(said).toMatch(/master\.key is missing, .*LATCHKEY_MASTER_KEY\.$/m);
    expect(await entriesOf(settings.LATCHKEY_DATA_DIR ?? '')).not.toContain('master.key');
  });

  test.each([
    ['is cut short', 'c2hvcnQ=\n'],
    ['is empty', ''],
  ])('in a file that %s is refused', async (_name, content) => {
    const dataDirectory = join(await temporaryFolder(), 'data');
    await mkdir(dataDirectory);
    await writeFile(join(dataDirectory, 'master.key'), content);
    expect(await refusal({ LATCHKEY_DATA_DIR: dataDirectory })).toContain('does not hold 32 bytes');
    await rm(dataDirectory, { recursive: true });
  });
});
