// Opens the database: PostgreSQL through a pool, or the embedded PGlite in a folder when no URL is given. Both look
// the same from here on. Opening applies no migration: see migrate.ts.

import { Kysely } from 'kysely';
import { openEmbedded } from './embedded.ts';
import { type PoolStatus, postgresDialect } from './postgres-dialect.ts';
import type { Database, Tables } from './tables.ts';

export type Engine = 'pglite' | 'postgres';

export interface OpenDatabase {
  readonly db: Database;
  readonly engine: Engine;
  /** Connections of the pool just now; the embedded database has one. */
  poolStatus(): PoolStatus;
  /** Lets the work under way end, then closes. Closing twice is the same as once. */
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** postgres://…; absent: the embedded database in `dataDirectory`. */
  databaseUrl?: string | undefined;
  dataDirectory: string;
  databasePoolSize: number;
  statementTimeoutMs: number;
  /** What this process does with it, as in "latchkey serve": told to whoever is refused meanwhile. */
  purpose: string;
}

/**
 * Opens the database. PostgreSQL is not contacted before the first query, so a server may start ahead of it.
 * @throws DatabaseInUseError when another process has the embedded database's folder.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  return options.databaseUrl === undefined
    ? openEmbedded(options.dataDirectory, options.purpose)
    : openPostgres(options.databaseUrl, options);
}

function openPostgres(
  url: string,
  limits: { databasePoolSize: number; statementTimeoutMs: number },
): OpenDatabase {
  const { dialect, poolStatus, end } = postgresDialect({
    url,
    poolSize: limits.databasePoolSize,
    statementTimeoutMs: limits.statementTimeoutMs,
  });
  const db = new Kysely<Tables>({ dialect });
  let closed: Promise<void> | undefined;
  return {
    db,
    engine: 'postgres',
    poolStatus,
    close: () => {
      closed ??= db.destroy().then(end);
      return closed;
    },
  };
}
