// A migration whose process dies at any of its statements, and the code of before on the schema of after: PostgreSQL sees
// the end of a process as the end of its connection, so that is what is cut here.

import { sql } from 'kysely';
import { expect, inject, test, vi } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { openDatabase } from '../../src/db/database.ts';
import { migrate, migrationState } from '../../src/db/migrate.ts';
import type { Database } from '../../src/db/tables.ts';
import { emptyDatabase } from '../support/database.ts';
import { type FaultyNetwork, faultyNetwork } from '../support/faulty-network.ts';

const names = Object.keys(migrations).sort();
/** The migrations up to this one, as an older version of the program had them. */
const upTo = (name: string) =>
  Object.fromEntries(Object.entries(migrations).filter(([known]) => known <= name));

interface Column {
  table: string;
  column: string;
  type: string;
  /** A row may be written without it. */
  optional: boolean;
}

async function columnsOf(db: Database): Promise<Column[]> {
  const { rows } = await sql<Column>`select table_name as "table", column_name as "column", udt_name as type,
    is_nullable = 'YES' or column_default is not null or is_identity = 'YES' as optional
    from information_schema.columns where table_schema = 'public' order by 1, 2`.execute(db);
  return rows;
}

/** Everything in the schema by name: tables, columns, indexes, constraints, functions, triggers. */
async function everythingIn(db: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select 'relation ' || relname as name from pg_class where relnamespace = 'public'::regnamespace
    union all select 'column ' || attrelid::regclass || '.' || attname from pg_attribute
      where attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace) and attnum > 0
    union all select 'constraint ' || conname from pg_constraint where connamespace = 'public'::regnamespace
    union all select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
    union all select 'trigger ' || tgname from pg_trigger where not tgisinternal
    order by 1`.execute(db);
  return rows.map(({ name }) => name);
}

test('every migration only adds: what older code reads is there, and it may write rows as it did', async () => {
  const database = await emptyDatabase();
  let before: Column[] = [];
  for (const name of names) {
    await migrate(database.db, upTo(name));
    const after = await columnsOf(database.db);
    const find = ({ table, column }: Column, list: Column[]) =>
      list.find((other) => other.table === table && other.column === column);
    const gone = before.filter((old) => {
      const now = find(old, after);
      return now?.type !== old.type || (old.optional && !now.optional);
    });
    const demanded = after.filter(
      (one) => !one.optional && !find(one, before) && before.some(({ table }) => table === one.table),
    );
    expect({ name, gone, demanded }).toEqual({ name, gone: [], demanded: [] });
    before = after;
  }
  await database.drop();
});

test('code of before finds the schema of after too new to start with, and goes on where it runs', async () => {
  const database = await emptyDatabase();
  await migrate(database.db);
  const older = upTo(names.at(-2) ?? '');
  // A running instance asks only what is pending: it stays ready while a newer one migrates under it.
  expect(await migrationState(database.db, older)).toEqual({ pending: [], unknown: [names.at(-1)] });
  await expect(migrate(database.db, older)).rejects.toThrow(names.at(-1));
  await database.drop();
});

test.runIf(inject('engine') === 'postgres')(
  'a migration that dies at any of its statements leaves nothing, and the next start does all of it',
  async () => {
    const database = await emptyDatabase();
    const network = await faultyNetwork(database.url ?? '');
    let cuts = 0;
    for (const name of names) {
      const before = await everythingIn(database.db);
      let died = true;
      for (let message = 1; died; message++) {
        died = await diesAt(network, message, name);
        if (!died) break;
        cuts += 1;
        await nothingRuns(database.db);
        const { pending } = await migrationState(database.db, upTo(name));
        // The last message is COMMIT, which counts once it has arrived.
        if (pending.length > 0) expect(await everythingIn(database.db)).toEqual(before);
      }
      expect(await migrationState(database.db, upTo(name))).toEqual({ pending: [], unknown: [] });
    }
    expect(cuts).toBeGreaterThan(50);
    const whole = await emptyDatabase();
    await migrate(whole.db);
    expect(await everythingIn(database.db)).toEqual(await everythingIn(whole.db));
    await network.close();
    await database.drop();
    await whole.drop();
  },
);

/** Waits until PostgreSQL has finished what the cut connection still brought it, which may be the COMMIT. */
const nothingRuns = (db: Database) =>
  vi.waitFor(
    async () => {
      const { rows } = await sql`select state from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state is distinct from 'idle'`.execute(
        db,
      );
      expect(rows).toEqual([]);
    },
    { timeout: 10_000, interval: 5 },
  );

/** Migrates over a connection that breaks at its message of this number. @returns whether it came to that. */
async function diesAt(network: FaultyNetwork, message: number, name: string): Promise<boolean> {
  const open = await openDatabase({
    databaseUrl: network.url,
    dataDirectory: '',
    databasePoolSize: 1,
    statementTimeoutMs: 30_000,
    purpose: 'tests',
  });
  network.cutAtMessage(message);
  try {
    await migrate(open.db, upTo(name));
    return false;
  } catch {
    return true;
  } finally {
    await open.close();
  }
}
