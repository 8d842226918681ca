// Kysely on PGlite: Postgres's own adapter, compiler, and introspection over the one connection that PGlite has.
// Whoever holds the connection keeps it until released, so a transaction is never interleaved with other work.

import type { PGlite } from '@electric-sql/pglite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { refuseWhenFull } from './connection-queue.ts';
import { type CopyTarget, targetOf, withLiterals } from './copy-out.ts';

/** A dialect over an open PGlite; destroying the Kysely waits for the work under way and closes the PGlite. */
export function pgliteDialect(pglite: PGlite): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PgliteDriver(pglite),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

class PgliteDriver implements Driver {
  readonly #pglite: PGlite;
  readonly #connection: PgliteConnection;
  /** Settles when the last one in the queue has released the connection. */
  #tail: Promise<void> = Promise.resolve();
  #release: () => void = () => {};
  #waiting = 0;

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
    this.#connection = new PgliteConnection(pglite);
  }

  async init(): Promise<void> {
    await this.#pglite.waitReady;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    refuseWhenFull(this.#waiting, 1);
    return this.#takeTurn();
  }

  async #takeTurn(): Promise<DatabaseConnection> {
    const turn = this.#tail;
    let release = () => {};
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    this.#waiting += 1;
    await turn;
    this.#waiting -= 1;
    this.#release = release;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release();
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : '';
    const access = settings.accessMode ? ` ${settings.accessMode}` : '';
    await connection.executeQuery(CompiledQuery.raw(`start transaction${level}${access}`));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async destroy(): Promise<void> {
    await this.#takeTurn();
    await this.#pglite.close();
  }
}

class PgliteConnection implements DatabaseConnection {
  readonly #pglite: PGlite;

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const target = targetOf(query.parameters);
    if (target) return this.#copyOut(query, target);
    const result = await this.#pglite.query<Row>(query.sql, [...query.parameters]).catch(withoutParameters);
    return { rows: result.rows, numAffectedRows: BigInt(result.affectedRows ?? 0) };
  }

  async #copyOut<Row>({ sql, parameters }: CompiledQuery, target: CopyTarget): Promise<QueryResult<Row>> {
    const text = withLiterals(sql, parameters, "'/dev/blob'");
    const { blob } = await this.#pglite.query(text).catch(withoutParameters);
    if (blob) target.take(Buffer.from(await blob.arrayBuffer()));
    return { rows: [] };
  }

  // biome-ignore lint/correctness/useYield: it only refuses
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('The embedded database does not stream rows. Read a page at a time.');
  }
}

/** PGlite hangs the statement's parameters on its errors; those are private and would end up in a log. */
function withoutParameters(error: unknown): never {
  if (error instanceof Error) Object.assign(error, { params: undefined, queryOptions: undefined });
  throw error;
}
