// The embedded database: PGlite in `<dataDirectory>/pg`, for one process at a time. Its folder is built beside its
// place and renamed when complete, so a start killed at any moment leaves nothing that the next one trips over.

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { Kysely } from 'kysely';
import { parserOfType, sessionSettings } from './column-values.ts';
import type { OpenDatabase } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import { pgliteDialect } from './pglite-dialect.ts';
import { WholeTextPGlite } from './pglite-texts.ts';
import type { Tables } from './tables.ts';

const building = 'pg.building-';

/**
 * Opens the embedded database, making it first where there is none.
 * @throws DatabaseInUseError when another process has the folder.
 */
export async function openEmbedded(dataDirectory: string, purpose: string): Promise<OpenDatabase> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(dataDirectory, purpose);
  try {
    const folder = await ensureCluster(dataDirectory);
    return overPglite(await startPglite({ dataDir: folder }), lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Starts a PGlite whose columns come out as they do from PostgreSQL here. */
export async function startPglite(options: PGliteOptions): Promise<PGlite> {
  const pglite = new WholeTextPGlite({ ...options, parsers: parserOfType });
  await pglite.waitReady;
  await pglite.exec(sessionSettings);
  return pglite;
}

/** An open PGlite as a database; `afterwards` runs once it is closed. */
export function overPglite(pglite: PGlite, afterwards: () => Promise<void> = async () => {}): OpenDatabase {
  const db = new Kysely<Tables>({ dialect: pgliteDialect(pglite) });
  let closed: Promise<void> | undefined;
  const close = async () => {
    try {
      await db.destroy();
      if (!pglite.closed) await pglite.close();
    } finally {
      await afterwards();
    }
  };
  return {
    db,
    readsOf: () => db,
    engine: 'pglite',
    poolStatus: () => ({ main: { total: 1, idle: 0, waiting: 0 } }),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

async function ensureCluster(dataDirectory: string): Promise<string> {
  await removeUnfinished(dataDirectory);
  const folder = join(dataDirectory, 'pg');
  if (await exists(join(folder, 'PG_VERSION'))) return folder;
  const draft = join(dataDirectory, `${building}${randomBytes(6).toString('hex')}`);
  await mkdir(draft, { mode: 0o700 });
  const pglite = await PGlite.create({ dataDir: draft });
  await pglite.close();
  await flushTree(draft);
  await rename(draft, folder);
  await flush(dataDirectory);
  return folder;
}

async function removeUnfinished(dataDirectory: string): Promise<void> {
  const leftovers = (await readdir(dataDirectory)).filter((name) => name.startsWith(building));
  for (const name of leftovers) await rm(join(dataDirectory, name), { recursive: true, force: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/** To the disk before the rename is, so that a power cut cannot leave a folder in place with files still empty. */
async function flushTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    await (entry.isDirectory() ? flushTree(path) : flush(path));
  }
  await flush(folder);
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
