// Brings the schema up to date: forward only, one transaction a migration, one process at a time however many start.
// A schema that has migrations unknown to this code is refused, never guessed at.

import { setTimeout as pause } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { type Migration, migrations as ours } from '../../migrations/index.ts';
import type { Database, Transaction } from './tables.ts';

export interface MigrationState {
  /** Known to this code and not applied yet, in order. */
  pending: string[];
  /** Applied by a newer version and unknown to this code. */
  unknown: string[];
}

/** The schema is newer than this code. The message is a whole sentence for the person who started it. */
export class SchemaTooNewError extends Error {
  constructor(unknown: readonly string[]) {
    super(
      `The database has migrations that this version of Latchkey does not know (${unknown.join(', ')}). ` +
        'Start the version that applied them, or a later one.',
    );
    this.name = 'SchemaTooNewError';
  }
}

/** The server is older than the SQL here needs. The message is a whole sentence for the person who started it. */
export class ServerTooOldError extends Error {
  constructor(version: string) {
    super(
      `The database is PostgreSQL ${version}, and Latchkey needs 15 or later. Upgrade the server, or name another.`,
    );
    this.name = 'ServerTooOldError';
  }
}

/** SQLSTATE of a lock that was not got in time. */
const lockNotAvailable = '55P03';

/** Somebody else keeps what a migration needs. The message is a whole sentence for the person who started it. */
export class MigrationBlockedError extends Error {
  /** So that a start waits for it as for a database that cannot answer yet. */
  readonly code = lockNotAvailable;

  constructor(cause: unknown) {
    super(
      'The database can be reached, and a migration waits in vain for a lock that another session holds: a table that is ' +
        'in use by a long transaction, or another process that is migrating. Nothing of it was applied. See ' +
        'pg_stat_activity and pg_blocking_pids() for whose it is, let it end or end it, and try again.',
      { cause },
    );
    this.name = 'MigrationBlockedError';
  }
}

/** @throws ServerTooOldError for a server before PostgreSQL 15. `version` is as in server_version: "14.9 (Debian …)". */
export function checkServerVersion(version: string): void {
  if (Number.parseInt(version, 10) < 15) throw new ServerTooOldError(version);
}

/** Any number that nothing else locks in this database. */
const lockKey = 7_210_454_918_331;
/** How long to stand behind another process that is migrating. */
const turnTimeout = '10min';

export interface MigrationPatience {
  /** How long a migration may wait for a table: everything else that wants it queues up behind. */
  tableTimeoutMs: number;
  /** Between two attempts, in which those get through. */
  pauseMs: number;
}

const usualPatience: MigrationPatience = { tableTimeoutMs: 10_000, pauseMs: 5_000 };
const attempts = 4;

/**
 * Applies every pending migration and returns the names of those that this call applied. Safe to call from any number
 * of processes at once: one applies, the others wait and find nothing left to do.
 * @throws SchemaTooNewError, ServerTooOldError, MigrationBlockedError
 */
export async function migrate(
  db: Database,
  known: Readonly<Record<string, Migration>> = ours,
  patience = usualPatience,
): Promise<string[]> {
  const applied: string[] = [];
  const { rows } = await sql<{
    version: string;
  }>`select current_setting('server_version') as version`.execute(db);
  checkServerVersion(rows[0]?.version ?? '');
  let state = await migrationState(db, known);
  while (true) {
    if (state.unknown.length > 0) throw new SchemaTooNewError(state.unknown);
    if (state.pending.length === 0) return applied;
    const name = await unlessBlocked(patience, () =>
      db.transaction().execute((trx) => applyNext(trx, known, patience)),
    );
    if (name !== undefined) applied.push(name);
    state = await migrationState(db, known);
  }
}

/** Does it again when a lock was not to be had, a few times. */
async function unlessBlocked<Result>(
  { pauseMs }: MigrationPatience,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown } | undefined)?.code !== lockNotAvailable) throw error;
      if (attempt === attempts) throw new MigrationBlockedError(error);
      await pause(pauseMs * (0.5 + Math.random()));
    }
  }
}

/** What there is to do, without doing it or waiting for anyone. */
export async function migrationState(
  db: Database,
  known: Readonly<Record<string, Migration>> = ours,
): Promise<MigrationState> {
  const table = await sql<{
    name: string | null;
  }>`select to_regclass('schema_migrations')::text as name`.execute(db);
  return compare(known, table.rows[0]?.name == null ? [] : await appliedNames(db));
}

function compare(known: Readonly<Record<string, Migration>>, applied: readonly string[]): MigrationState {
  return {
    pending: Object.keys(known)
      .filter((name) => !applied.includes(name))
      .sort(),
    unknown: applied.filter((name) => !(name in known)),
  };
}

async function appliedNames(db: Database | Transaction): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from schema_migrations order by name`.execute(db);
  return rows.map((row) => row.name);
}

/** Under the lock, so what it sees is still so when it commits. Undefined when another process was faster. */
async function applyNext(
  trx: Transaction,
  known: Readonly<Record<string, Migration>>,
  { tableTimeoutMs }: MigrationPatience,
): Promise<string | undefined> {
  await takeTurn(trx, tableTimeoutMs);
  const { pending, unknown } = compare(known, await appliedNames(trx));
  const name = unknown.length === 0 ? pending[0] : undefined;
  if (name === undefined) return undefined;
  await known[name]?.up(trx as unknown as Kysely<unknown>);
  await sql`insert into schema_migrations (name, applied_at) values (${name}, now())`.execute(trx);
  return name;
}

/** The lock is the transaction's own, so it is let go however the transaction ends. */
async function takeTurn(trx: Transaction, tableTimeoutMs: number): Promise<void> {
  await sql`set local statement_timeout to 0`.execute(trx);
  await sql.raw(`set local lock_timeout to '${turnTimeout}'`).execute(trx);
  await sql`select pg_advisory_xact_lock(${lockKey})`.execute(trx);
  await sql.raw(`set local lock_timeout to ${tableTimeoutMs}`).execute(trx);
  await sql`create table if not exists schema_migrations (
    name text collate "C" primary key,
    applied_at timestamptz(3) not null
  )`.execute(trx);
}
