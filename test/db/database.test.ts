// The connection itself: transactions, statements prepared once, limits, and lost connections.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type OpenDatabase, openDatabase } from '../../src/db/database.ts';
import { isDatabaseUnavailable } from '../../src/db/unavailable.ts';
import { openTestPostgres, type TestDatabase, testDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const onPostgres = it.runIf(inject('engine') === 'postgres');

const put = (db: TestDatabase['db'], name: string) =>
  db.insertInto('server_state').values({ name, value: '1' }).execute();

async function names(): Promise<string[]> {
  const rows = await database.db.selectFrom('server_state').select('name').orderBy('name').execute();
  return rows.map((row) => row.name);
}

async function withPool(work: (open: OpenDatabase) => Promise<void>, poolSize = 4): Promise<void> {
  const open = await openTestPostgres(database.url ?? '', poolSize);
  try {
    await work(open);
  } finally {
    await open.close();
  }
}

it('a transaction that fails takes back all it did', async () => {
  const work = database.db.transaction().execute(async (trx) => {
    await put(trx, 'taken back');
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  expect(await names()).not.toContain('taken back');
});

it('other work is never mixed into a transaction', async () => {
  const transaction = database.db.transaction().execute(async (trx) => {
    await put(trx, 'inside');
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw new Error('no');
  });
  await Promise.all([expect(transaction).rejects.toThrow('no'), put(database.db, 'beside')]);
  expect(await names()).toEqual(['beside']);
});

it('after a failed statement the next ones run', async () => {
  await expect(sql`select 1 / 0`.execute(database.db)).rejects.toMatchObject({ code: '22012' });
  expect((await sql`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }]);
});

it('a statement tells how many rows it changed', async () => {
  await put(database.db, 'counted');
  const result = await database.db
    .deleteFrom('server_state')
    .where('name', '=', 'counted')
    .executeTakeFirst();
  expect(result.numDeletedRows).toBe(1n);
});

it('an isolation level is honoured', async () => {
  const level = await database.db
    .transaction()
    .setIsolationLevel('serializable')
    .execute((trx) =>
      sql<{ level: string }>`select current_setting('transaction_isolation') as level`.execute(trx),
    );
  expect(level.rows[0]?.level).toBe('serializable');
});

it('after closing, work is refused', async () => {
  const own = await testDatabase();
  await own.drop();
  await expect(sql`select 1`.execute(own.db)).rejects.toThrow();
});

onPostgres('a session is in UTC with its limits, whatever the URL says', async () => {
  const url = new URL(database.url ?? '');
  url.searchParams.set('options', '-c TimeZone=Asia/Tokyo -c DateStyle=German');
  const open = await openTestPostgres(url.href);
  const { rows } = await sql`
    select current_setting('TimeZone') as zone, current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name,
      '2026-01-31T09:30Z'::timestamptz as instant`.execute(open.db);
  expect(rows).toEqual([
    { zone: 'UTC', statement: '30s', idle: '1min', name: 'latchkey', instant: '2026-01-31T09:30:00.000Z' },
  ]);
  await open.close();
});

/** What a connection has prepared, with how often each was used. */
const preparedOn = async (db: TestDatabase['db']) => {
  const { rows } = await sql<{ statement: string; uses: number }>`
    select statement, generic_plans + custom_plans as uses from pg_prepared_statements
    where statement not like '%pg_prepared%'`.execute(db);
  return rows;
};

onPostgres(
  'a statement is prepared when it comes again, once per connection, transaction control never',
  async () => {
    await withPool(async ({ db }) => {
      for (let i = 0; i < 6; i++) {
        await db.transaction().execute((trx) => trx.selectFrom('organizations').select('id').execute());
      }
      expect(await preparedOn(db)).toEqual([{ statement: 'select "id" from "organizations"', uses: 5 }]);
    }, 1);
  },
);

onPostgres('a statement in use stays prepared while thousands of others come once', async () => {
  await withPool(async ({ db }) => {
    const hot = () => db.selectFrom('organizations').select('id').execute();
    await hot();
    for (let i = 0; i < 5_000; i++) {
      await sql.raw(`select ${i} as i`).execute(db);
      if (i % 1_000 === 0) await hot();
    }
    expect(await preparedOn(db)).toEqual([{ statement: 'select "id" from "organizations"', uses: 5 }]);
  }, 1);
});

onPostgres(
  'a statement in use stays prepared, and what a connection keeps stays bounded, while thousands come again and again',
  async () => {
    await withPool(async ({ db }) => {
      const hot = () => sql`select 'hot' as temperature`.execute(db);
      let most = 0;
      for (let i = 0; i < 5_000; i++) {
        for (let time = 0; time < 2; time++) await sql.raw(`select ${i} as i`).execute(db);
        await hot();
        if (i % 250 !== 249) continue;
        const prepared = await preparedOn(db);
        most = Math.max(most, prepared.length);
        expect(prepared.filter(({ statement }) => statement.includes('hot'))).toHaveLength(1);
      }
      expect(most).toBeGreaterThan(500);
      expect(most).toBeLessThanOrEqual(1_000);
    }, 1);
  },
);

onPostgres(
  'one transaction that sends thousands of statements prepares no more than its connection may',
  async () => {
    await withPool(async ({ db }) => {
      await db.transaction().execute(async (trx) => {
        for (let i = 0; i < 1_200; i++) {
          for (let time = 0; time < 3; time++) await sql.raw(`select ${i} as i`).execute(trx);
        }
        expect(await preparedOn(trx)).toHaveLength(600);
      });
      expect(await preparedOn(db)).toEqual([]);
    }, 1);
  },
);

onPostgres('a statement too long to be kept runs as it is', async () => {
  await withPool(async ({ db }) => {
    const numbers = Array.from({ length: 5_000 }, (_, i) => i).join();
    const long = sql.raw(`select cardinality(array[${numbers}]) as count`);
    for (let i = 0; i < 3; i++) expect((await long.execute(db)).rows).toEqual([{ count: 5_000 }]);
    expect(await preparedOn(db)).toEqual([]);
  }, 1);
});

onPostgres(
  'a connection lost while idle or in use fails its query at most, and the pool recovers',
  async () => {
    await withPool(async ({ db, poolStatus }) => {
      const victims = sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name = 'latchkey'`;
      const interrupted = sql`select pg_sleep(30)`.execute(db).catch((error) => error);
      const between = db.connection().execute(async (one) => {
        await sql`select 1`.execute(one);
        await new Promise((resolve) => setTimeout(resolve, 600));
        return sql`select 1`.execute(one).catch((error) => error);
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      await victims.execute(database.db);
      expect(isDatabaseUnavailable(await interrupted)).toBe(true);
      expect(isDatabaseUnavailable(await between)).toBe(true);
      expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
      expect(poolStatus().main).toEqual({ total: 1, idle: 1, waiting: 0 });
    });
  },
);

it('whoever would wait behind too many others for a connection is refused at once, with a time to come again', async () => {
  let letGo = () => {};
  const until = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const held = [1, 2].map(() => database.db.connection().execute(() => until));
  const asked = Array.from({ length: 1_000 }, () =>
    sql`select 1 as one`.execute(database.db).catch((error) => error),
  );
  expect(await asked.at(-1)).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 });
  letGo();
  await Promise.all(held);
  expect(await asked[0]).toMatchObject({ rows: [{ one: 1 }] });
  await Promise.all(asked);
  expect((await sql`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }]);
});

onPostgres('a server that goes silent is given up, and its connection never used again', async () => {
  const open = await openDatabase({
    databaseUrl: database.url,
    dataDirectory: '',
    databasePoolSize: 1,
    statementTimeoutMs: 200,
    purpose: 'tests',
  });
  const backend = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(open.db);
  const pid = backend.rows[0]?.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  try {
    const failure = await sql`select 1`.execute(open.db).catch((error) => error);
    expect(isDatabaseUnavailable(failure)).toBe(true);
    expect((await sql`select 1 as one`.execute(open.db)).rows).toEqual([{ one: 1 }]);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await open.close();
});

onPostgres('a statement that waits too long for a connection is told so', async () => {
  await withPool(async ({ db }) => {
    const holding = db.connection().execute((one) => sql`select pg_sleep(6)`.execute(one));
    const failure = await sql`select 1`.execute(db).catch((error) => error);
    expect(isDatabaseUnavailable(failure)).toBe(true);
    await holding;
  }, 1);
});

onPostgres('a server that nobody listens for is an unavailable database, not a crash', async () => {
  const url = new URL(database.url ?? '');
  url.port = '1';
  const open = await openTestPostgres(url.href);
  const failure = await sql`select 1`.execute(open.db).catch((error) => error);
  expect(isDatabaseUnavailable(failure)).toBe(true);
  await open.close();
});
