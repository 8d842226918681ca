// Kysely on PostgreSQL through a pool of pg: sessions in UTC with time limits, to a primary and never a standby, statements
// prepared once per connection, and no lost connection that ends the process or is handed out again.

import { type Dialect, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { elementOfArrayType, parserOfType, sessionSettings } from './column-values.ts';
import { refuseWhenFull } from './connection-queue.ts';
import { type CopyTarget, targetOf, withLiterals } from './copy-out.ts';
import { longestResult, ResultTooLongError } from './result-size.ts';
import { refuseStandby, standbyQuestion } from './standby.ts';

export interface PostgresOptions {
  url: string;
  poolSize: number;
  statementTimeoutMs: number;
}

export interface PoolStatus {
  total: number;
  idle: number;
  waiting: number;
}

/** How long to wait for a connection. */
export const connectTimeoutMs = 5_000;
/** A server that has given no sign this long after its own limit is not going to. */
const silenceMs = 5_000;
/** Of one process. */
const namesAtMost = 300;
/** Of one connection: a backend keeps about 13 kB for each until it ends. */
const preparedAtMost = 600;
/** In characters. A longer text would take too much memory on both sides. */
const longestNamed = 8_000;

/** `end` closes the pool; calling it after Kysely has done so is fine. */
export function postgresDialect(options: PostgresOptions): {
  dialect: Dialect;
  poolStatus: () => PoolStatus;
  end: () => Promise<void>;
} {
  const pool = createPool(options);
  const end = async () => {
    if (!pool.ending) await pool.end();
  };
  return {
    dialect: new PostgresDialect({ pool: preparingPool(pool, options.statementTimeoutMs + silenceMs, end) }),
    poolStatus: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    end,
  };
}

function createPool({ url, poolSize, statementTimeoutMs }: PostgresOptions): pg.Pool {
  const settings =
    `${sessionSettings}; set statement_timeout to ${statementTimeoutMs}; ` +
    `set idle_in_transaction_session_timeout to ${2 * statementTimeoutMs}`;
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: 'latchkey',
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
    // Set by statement, not by start-up parameter: those a pooler in between may refuse, or the URL override.
    onConnect: async (client) => {
      await client.query(withLimit({ text: settings }, connectTimeoutMs));
      refuseStandby(await client.query(withLimit({ text: standbyQuestion }, connectTimeoutMs)));
    },
  });
  // Without a listener a lost connection, idle or in use, would end the process. The pool drops it by itself, and
  // whoever was using it gets the error from the query.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (oid, format) => {
  if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
  const element = elementOfArrayType[oid];
  if (element === undefined) return parserOfType[oid] ?? pg.types.getTypeParser(oid, 'text');
  return (text: string) =>
    elementTexts(text).map((value) => (value === null ? null : parserOfType[element]?.(value)));
};

/** Splits the text of any one-dimensional array. */
const textArray: number = 1009;
const elementTexts: (text: string) => (string | null)[] = pg.types.getTypeParser(textArray, 'text');

/** A limit of this query's own, in milliseconds: pg takes it, its types do not say so. */
const withLimit = (
  query: pg.QueryConfig<unknown[]>,
  limitMs: number | undefined,
): pg.QueryConfig<unknown[]> => Object.assign(query, { query_timeout: limitMs });

/**
 * The pool as Kysely wants it, with a name for every statement that is worth preparing. A statement whose answer never
 * comes fails after `patienceMs` and takes its connection with it, except after `set local statement_timeout`, by
 * which a migration says that it will take its time. A connection that has prepared all that it may is closed when it is
 * given back: the next one prepares what is in use then.
 */
function preparingPool(pool: pg.Pool, patienceMs: number, end: () => Promise<void>): PostgresPool {
  const nameOf = statementNames();
  const connections = new WeakMap<pg.PoolClient, PreparingConnection>();
  const lend = (client: pg.PoolClient): PostgresPoolClient => {
    const known = connections.get(client);
    if (known) return known;
    const connection = new PreparingConnection(client, nameOf, patienceMs);
    connections.set(client, connection);
    return connection;
  };
  const connect = async () => {
    refuseWhenFull(pool.waitingCount, pool.options.max);
    return lend(await pool.connect());
  };
  return { connect, end };
}

/**
 * One for each connection, however often it is lent: Kysely keeps what it makes of it in a weak map, and an entry for each
 * statement would live until the next full collection, with all that hangs on it.
 */
class PreparingConnection implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #nameOf: (text: string) => string | undefined;
  readonly #patienceMs: number;
  readonly #prepared = new Set<string>();
  #isPatient = false;
  #isBroken = false;

  constructor(client: pg.PoolClient, nameOf: (text: string) => string | undefined, patienceMs: number) {
    this.#client = client;
    this.#nameOf = nameOf;
    this.#patienceMs = patienceMs;
  }

  async #send(text: string, values: readonly unknown[]): Promise<unknown> {
    if (text.startsWith('set local statement_timeout')) this.#isPatient = true;
    const limit = this.#isPatient ? undefined : this.#patienceMs;
    const target = targetOf(values);
    try {
      if (target) {
        const query = new CopyOutQuery({ text: withLiterals(text, values, 'stdout') });
        return await submit(this.#client, Object.assign(query, { target }), limit);
      }
      const name = preparable(this.#prepared, this.#nameOf(text));
      return await submit(this.#client, new BoundedQuery(text, values, name), limit);
    } catch (error) {
      this.#isBroken ||= !(error instanceof pg.DatabaseError);
      throw error;
    }
  }

  // Kysely asks for cursors by the same name; here are none.
  query = ((text: string, values: readonly unknown[]) =>
    this.#send(text, values)) as PostgresPoolClient['query'];

  release(): void {
    this.#isPatient = false;
    this.#client.release(this.#isBroken || this.#prepared.size >= preparedAtMost);
  }
}

/** A query that wants what pg shows it of COPY. */
class CopyOutQuery extends pg.Query {
  target: CopyTarget | undefined;

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    this.target?.take(chunk);
  }
}

/** What pg's connection shows a query of each row; pg's types leave it out. */
interface DataRow {
  /** In bytes. */
  readonly length: number;
  readonly fields: readonly unknown[];
}
const RowQuery = pg.Query as unknown as new (
  text: string,
  values: readonly unknown[],
) => pg.Query & { name: string | undefined; handleDataRow(row: DataRow): void };

/** A query that fails, its further rows passed over, once they are more than this process takes from one statement. */
class BoundedQuery extends RowQuery {
  #length = 0;

  /** Without an object of all three, which pg would copy property by property. */
  constructor(text: string, values: readonly unknown[], name: string | undefined) {
    super(text, values);
    this.name = name;
  }

  override handleDataRow(row: DataRow): void {
    this.#length += row.length;
    super.handleDataRow(this.#length <= longestResult ? row : tooMuch);
  }
}

/** What pg throws while it reads a row is what the query fails with. */
const tooMuch: DataRow = {
  length: 0,
  get fields(): never {
    throw new ResultTooLongError();
  },
};

function submit(client: pg.PoolClient, query: pg.Query, limitMs: number | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result));
    client.query(Object.assign(query, { callback, query_timeout: limitMs }));
  });
}

/** The name, if the connection has prepared it or may prepare one more. */
function preparable(prepared: Set<string>, name: string | undefined): string | undefined {
  if (name === undefined || prepared.has(name)) return name;
  if (prepared.size >= preparedAtMost) return undefined;
  prepared.add(name);
  return name;
}

/**
 * A name for the text of a statement that Postgres can plan, the same on every connection. A text earns it when it comes
 * for the second time, so that a flood of texts that come once takes no name away, and loses it to texts used since; a
 * name never comes to stand for another text. A pooler in between must know of prepared statements: PgBouncer from 1.21
 * does, with `max_prepared_statements`.
 */
function statementNames(): (text: string) => string | undefined {
  const names = new LRUCache<string, string>({ max: namesAtMost });
  const seenOnce = new LRUCache<string, true>({ max: namesAtMost });
  let given = 0;
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (text.length > longestNamed || !/^\s*(select|insert|update|delete|merge|with)\b/i.test(text))
      return undefined;
    if (!seenOnce.delete(text)) {
      seenOnce.set(text, true);
      return undefined;
    }
    given += 1;
    const name = `latchkey_${given}`;
    names.set(text, name);
    return name;
  };
}
