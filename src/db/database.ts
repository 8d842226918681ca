// Opens the database: PostgreSQL through a pool, or the embedded PGlite in a folder when no URL is given. Both look
// the same from here on. Opening applies no migration: see migrate.ts.

import { Kysely, type LogEvent } from 'kysely';
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
  /** PostgreSQL only: told of every statement that ended, with placeholders where values are. */
  onStatement?: ((text: string, ms: number, failed: boolean) => void) | undefined;
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
  options: Pick<OpenDatabaseOptions, 'databasePoolSize' | 'statementTimeoutMs' | 'onStatement'>,
): OpenDatabase {
  const { dialect, poolStatus, end } = postgresDialect({
    url,
    poolSize: options.databasePoolSize,
    statementTimeoutMs: options.statementTimeoutMs,
  });
  const { onStatement } = options;
  const log = ({ query, queryDurationMillis, level }: LogEvent) =>
    onStatement?.(query.sql, queryDurationMillis, level === 'error');
  const db = new Kysely<Tables>(onStatement ? { dialect, log } : { dialect });
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
