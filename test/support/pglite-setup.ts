// Global setup for suites on PGlite: one migrated data folder as a file, from which every test file gets a copy.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { overPglite, startPglite } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';

/** Several projects of one run share the template, and each loads this module anew. */
const shared = globalThis as { latchkeyPgliteTemplate?: Promise<string> | undefined };

export async function setup(project: TestProject): Promise<void> {
  shared.latchkeyPgliteTemplate ??= createTemplate();
  project.provide('engine', 'pglite');
  project.provide('pgliteTemplate', join(await shared.latchkeyPgliteTemplate, 'migrated.tar'));
  project.provide('emptyPgliteTemplate', join(await shared.latchkeyPgliteTemplate, 'empty.tar'));
}

export async function teardown(): Promise<void> {
  const folder = await shared.latchkeyPgliteTemplate;
  shared.latchkeyPgliteTemplate = undefined;
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

async function createTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-pglite-'));
  const pglite = await startPglite({});
  const open = overPglite(pglite);
  const dump = async (name: string) =>
    writeFile(join(folder, name), Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer()));
  await dump('empty.tar');
  await migrate(open.db);
  await dump('migrated.tar');
  await open.close();
  return folder;
}
