// Opens the database: PostgreSQL through pools, or the embedded PGlite in a folder when no URL is given. Both look
// the same from here on. Opening applies no migration: see migrate.ts.

import { type ConnectionProvider, Kysely, type LogEvent } from 'kysely';
import { LRUCache } from 'lru-cache';
import { openEmbedded } from './embedded.ts';
import { FairConnections } from './fair-connections.ts';
import { connectTimeoutMs, type PoolStatus, postgresDialect } from './postgres-dialect.ts';
import type { Database, Tables } from './tables.ts';

export type Engine = 'pglite' | 'postgres';

/** `main` alone where there is one pool for everything. */
export type PoolStatuses = { readonly main: PoolStatus; readonly reads?: PoolStatus };

/** The database for one organisation's records and lists, which have their share of the connections for all of these. */
export type ReadsOf = (organizationId: string) => Database;

export interface OpenDatabase {
  readonly db: Database;
  /** The same for whatever reads an organisation's records or lists, by connections that callers and changes do not need. */
  readonly readsOf: ReadsOf;
  readonly engine: Engine;
  /** Connections just now; the embedded database has one. */
  poolStatus(): PoolStatuses;
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

type PostgresSettings = Pick<OpenDatabaseOptions, 'databasePoolSize' | 'statementTimeoutMs' | 'onStatement'>;

/**
 * Two pools: statements that read records and lists may take as long as a statement may, and be many, so that callers,
 * tokens, sessions, changes, and readiness have connections that those never hold.
 */
function openPostgres(url: string, options: PostgresSettings): OpenDatabase {
  const { databasePoolSize: size } = options;
  const sizeOfMain = size === 1 ? 1 : Math.min(size - 1, Math.max(2, Math.ceil(size / 4)));
  const main = openPool(url, { ...options, databasePoolSize: sizeOfMain });
  const reads =
    size === 1 ? undefined : openSharedPool(url, { ...options, databasePoolSize: size - sizeOfMain });
  let closed: Promise<unknown> | undefined;
  return {
    db: main.db,
    readsOf: reads?.of ?? (() => main.db),
    engine: 'postgres',
    poolStatus: () => ({ main: main.poolStatus(), ...(reads && { reads: reads.poolStatus() }) }),
    close: async () => {
      closed ??= Promise.all([main.close(), reads?.close()]);
      await closed;
    },
  };
}

function openPool(url: string, { databasePoolSize, statementTimeoutMs, onStatement }: PostgresSettings) {
  const { dialect, poolStatus, end } = postgresDialect({
    url,
    poolSize: databasePoolSize,
    statementTimeoutMs,
  });
  const log = ({ query, queryDurationMillis, level }: LogEvent) =>
    onStatement?.(query.sql, queryDurationMillis, level === 'error');
  const db = new Kysely<Tables>(onStatement ? { dialect, log } : { dialect });
  return { db, dialect, poolStatus, close: () => db.destroy().then(end) };
}

/** Of organisations: they are made again when they are needed. */
const sharesKept = 1_000;

/** A pool of which each organisation has a share. */
function openSharedPool(url: string, settings: PostgresSettings) {
  const { db, dialect, poolStatus, close } = openPool(url, settings);
  const connections = new FairConnections(settings.databasePoolSize, connectTimeoutMs);
  const executor = db.getExecutor();
  const driver = dialect.createDriver();
  const shareOf = (organizationId: string): Database => {
    const provideConnection: ConnectionProvider['provideConnection'] = (consumer) =>
      connections.run(organizationId, () => executor.provideConnection(consumer));
    return new Kysely<Tables>({
      config: { dialect },
      dialect,
      driver,
      executor: executor.withConnectionProvider({ provideConnection }),
    });
  };
  const shares = new LRUCache<string, Database>({ max: sharesKept, memoMethod: shareOf });
  const status = (): PoolStatus => {
    const { waiting, ...others } = poolStatus();
    return { ...others, waiting: waiting + connections.waiting };
  };
  return { of: (organizationId: string) => shares.memo(organizationId), poolStatus: status, close };
}
