// A fresh database for a test file, on the engine of the running vitest project. Opened by the code that production
// opens its own with.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';
import { type Engine, type OpenDatabase, openDatabase } from '../../src/db/database.ts';
import { overPglite, startPglite } from '../../src/db/embedded.ts';
import type { Database } from '../../src/db/tables.ts';
import { createDatabase, dropDatabase, urlOfDatabase } from './postgres-databases.ts';

declare module 'vitest' {
  interface ProvidedContext {
    engine: Engine;
    /** PostgreSQL only: the server, to make databases on. */
    postgresUrl: string;
    /** PGlite only: a migrated data folder, as a file. */
    pgliteTemplate: string;
    /** PGlite only: a data folder without any migration. */
    emptyPgliteTemplate: string;
  }
}

export interface TestDatabase {
  db: Database;
  readsOf: OpenDatabase['readsOf'];
  engine: Engine;
  poolStatus: OpenDatabase['poolStatus'];
  /** PostgreSQL only: to open it again, from here or from another process. */
  url?: string;
  /** Closes and removes it. */
  drop(): Promise<void>;
}

/** A database with every migration and no rows. Call it in `beforeAll`, and `drop` in `afterAll`. */
export function testDatabase(): Promise<TestDatabase> {
  return inject('engine') === 'postgres' ? onPostgres('latchkey_template') : onPglite('pgliteTemplate');
}

/** A database without anything in it: for tests of the migrations themselves. */
export function emptyDatabase(): Promise<TestDatabase> {
  return inject('engine') === 'postgres' ? onPostgres('template0') : onPglite('emptyPgliteTemplate');
}

/**
 * PostgreSQL only: connections of its own to a test database, as another instance of the server would have. A quarter of
 * them is for what does not read records.
 */
export function openTestPostgres(url: string, databasePoolSize = 16): Promise<OpenDatabase> {
  return openDatabase({
    databaseUrl: url,
    dataDirectory: '',
    databasePoolSize,
    statementTimeoutMs: 30_000,
    purpose: 'tests',
  });
}

async function onPostgres(template: string): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await createDatabase(server, name, template);
  const url = urlOfDatabase(server, name);
  const open = await openTestPostgres(url);
  const drop = async () => {
    await open.close();
    await dropDatabase(server, name);
  };
  return { ...open, url, drop };
}

async function onPglite(template: 'pgliteTemplate' | 'emptyPgliteTemplate'): Promise<TestDatabase> {
  const loadDataDir = new Blob([new Uint8Array(await readFile(inject(template)))]);
  const open = overPglite(await startPglite({ loadDataDir }));
  return { ...open, drop: open.close };
}
