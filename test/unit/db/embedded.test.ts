// The embedded database's folder: made once, whole or not at all, by one process at a time.

import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { migrations } from '../../../migrations/index.ts';
import { type OpenDatabase, openDatabase } from '../../../src/db/database.ts';
import { lockFolder } from '../../../src/db/folder-lock.ts';
import { migrate, migrationState } from '../../../src/db/migrate.ts';
import { buildPrograms, type Programs } from '../../support/child-programs.ts';
import '../../support/database.ts';

let programs: Programs;
let parent: string;
let folder: string;
beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'latchkey-embedded-'));
  folder = join(parent, 'data');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const open = (dataDirectory = folder): Promise<OpenDatabase> =>
  openDatabase({ dataDirectory, databasePoolSize: 1, statementTimeoutMs: 1_000, purpose: 'tests' });

/** As if the database had been made and never migrated: making one takes seconds. */
async function useCluster(): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const pglite = await PGlite.create({
    dataDir: join(folder, 'pg'),
    loadDataDir: new Blob([new Uint8Array(await readFile(inject('emptyPgliteTemplate')))]),
  });
  await pglite.close();
}

async function storedNames({ db }: OpenDatabase): Promise<string[]> {
  return (await db.selectFrom('server_state').select('name').execute()).map((row) => row.name);
}

const allMigrations = Object.keys(migrations);

it('a first start makes the folder for its owner alone; a second one finds what the first wrote', async () => {
  await mkdir(join(folder, 'pg'), { recursive: true });
  const first = await open();
  expect(first.engine).toBe('pglite');
  expect(await migrationState(first.db)).toEqual({ pending: allMigrations, unknown: [] });
  await migrate(first.db);
  const work = first.db.transaction().execute(async (trx) => {
    await pause(50);
    await trx.insertInto('server_state').values({ name: 'under way', value: '"hello"' }).execute();
  });
  await pause(10);
  await Promise.all([first.close(), first.close(), work]);
  expect((await stat(join(folder, 'pg'))).mode & 0o777).toBe(0o700);
  expect((await readdir(folder)).sort()).toEqual(['lock', 'pg']);

  const second = await open();
  expect(await storedNames(second)).toEqual(['under way']);
  await second.close();
});

it('a folder that is not there yet is made for its owner alone, and let go of when opening fails', async () => {
  const refused = join(parent, 'file');
  await writeFile(refused, '');
  await expect(open(refused)).rejects.toThrow();
  await (await lockFolder(join(parent, 'new'), 'tests')).release();
  await writeFile(join(parent, 'new', 'pg'), 'not a folder');
  await expect(open(join(parent, 'new'))).rejects.toThrow();
  expect(await readdir(join(parent, 'new', 'lock'))).toEqual([]);
  expect((await stat(join(parent, 'new'))).mode & 0o777).toBe(0o700);
});

it('while one process has the folder another is refused; after kill -9 it gets in and nothing is lost', async () => {
  await useCluster();
  const first = programs.start('open-database', folder);
  expect(await first.line()).toBe(`migrated ${allMigrations.join(' ')}`);
  await expect(open()).rejects.toThrow(`"latchkey serve" (process ${first.pid}`);
  expect(await first.ask('acknowledged')).toBe('stored acknowledged');
  await first.kill();
  const second = await open();
  expect(await migrationState(second.db)).toEqual({ pending: [], unknown: [] });
  expect(await storedNames(second)).toEqual(['acknowledged']);
  await second.close();
});

async function killAtRandom(times: number, withinMs: number): Promise<void> {
  for (let kill = 0; kill < times; kill++) {
    const child = programs.start('open-database', folder);
    await pause(((kill + Math.random()) * withinMs) / times);
    await child.kill();
  }
}

async function expectCleanStart(): Promise<void> {
  const survivor = programs.start('open-database', folder);
  expect(await survivor.line()).toMatch(/^migrated/);
  expect(await survivor.ask('works')).toBe('stored works');
  await survivor.end();
  expect((await readdir(folder)).sort()).toEqual(['lock', 'pg']);
  expect(await readdir(join(folder, 'lock'))).toEqual([]);
}

it('a first start killed at any moment leaves nothing that the next start trips over', async () => {
  await killAtRandom(8, 4_000);
  await expectCleanStart();
});

it('a start killed at any moment of its migrations leaves nothing half done', async () => {
  await useCluster();
  await killAtRandom(8, 1_600);
  await expectCleanStart();
});
