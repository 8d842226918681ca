// Migrations: forward only, once, whole or not at all, however many processes start together.

import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { openDatabase } from '../../src/db/database.ts';
import { MigrationBlockedError, migrate, migrationState, SchemaTooNewError } from '../../src/db/migrate.ts';
import { buildPrograms, type Programs } from '../support/child-programs.ts';
import { emptyDatabase, openTestPostgres, type TestDatabase, testDatabase } from '../support/database.ts';

const all = Object.keys(migrations);
let database: TestDatabase;
let programs: Programs;
beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

async function tableNames(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public'`.execute(
    database.db,
  );
  return rows.map((row) => row.name);
}

it('an empty database gets every migration, in order; a second time there is nothing to do', async () => {
  expect(await migrationState(database.db)).toEqual({ pending: all, unknown: [] });
  expect(await migrate(database.db)).toEqual(all);
  expect(await migrationState(database.db)).toEqual({ pending: [], unknown: [] });
  expect(await migrate(database.db)).toEqual([]);
  expect(await tableNames()).toContain('credentials');
});

it('the database that other tests are given has every migration', async () => {
  const given = await testDatabase();
  expect(await migrationState(given.db)).toEqual({ pending: [], unknown: [] });
  await given.drop();
});

it('of twenty calls at once each migration is applied by exactly one', async () => {
  const applied = await Promise.all(Array.from({ length: 20 }, () => migrate(database.db)));
  expect(applied.flat().sort()).toEqual(all);
});

it('of twenty instances with a pool each, every migration is applied by exactly one', async (test) => {
  const { url } = database;
  if (url === undefined) return test.skip('the embedded database has one process');
  const instances = await Promise.all(Array.from({ length: 20 }, () => openTestPostgres(url, 2)));
  const applied = await Promise.all(instances.map(({ db }) => migrate(db)));
  expect(applied.flat().sort()).toEqual(all);
  await Promise.all(instances.map((instance) => instance.close()));
});

it('of twenty processes that start at once, every one comes up and each migration runs once', async (test) => {
  const { url } = database;
  if (url === undefined) return test.skip('the embedded database has one process');
  const children = Array.from({ length: 20 }, () => programs.start('open-database', '', url));
  const lines = await Promise.all(children.map((child) => child.line()));
  expect(lines.join('').replaceAll('migrated', '').split(/\s+/).filter(Boolean).sort()).toEqual(all);
  expect(lines.every((line) => line?.startsWith('migrated'))).toBe(true);
  await Promise.all(children.map((child) => child.end()));
});

it('a process killed while it migrates leaves nothing half done and nobody waiting', async (test) => {
  const { url } = database;
  if (url === undefined) return test.skip('the embedded database is tested for this in embedded.test.ts');
  for (let kill = 0; kill < 8; kill++) {
    const child = programs.start('open-database', '', url);
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
    await child.kill();
  }
  await migrate(database.db);
  expect(await migrationState(database.db)).toEqual({ pending: [], unknown: [] });
});

it('a schema newer than the code is refused, whole sentence and all, and left alone', async () => {
  await migrate(database.db);
  await sql`insert into schema_migrations (name, applied_at) values ('9999_future', now())`.execute(
    database.db,
  );
  expect(await migrationState(database.db)).toEqual({ pending: [], unknown: ['9999_future'] });
  const refusal = migrate(database.db, {
    ...migrations,
    '9000_next': { up: () => Promise.reject(new Error()) },
  });
  await expect(refusal).rejects.toThrow(SchemaTooNewError);
  await expect(refusal).rejects.toThrow('9999_future');
});

it('a migration that fails takes back all it did, and the ones before it stay', async () => {
  const failing = {
    ...migrations,
    '9000_fails': {
      up: async (db: Kysely<unknown>) => {
        await sql`create table half_done (id int)`.execute(db);
        await sql`select 1 / 0`.execute(db);
      },
    },
  };
  await expect(migrate(database.db, failing)).rejects.toMatchObject({ code: '22012' });
  expect(await tableNames()).not.toContain('half_done');
  expect(await migrationState(database.db, failing)).toEqual({ pending: ['9000_fails'], unknown: [] });
});

const locking = {
  ...migrations,
  '9000_locks': {
    up: async (db: Kysely<unknown>) => {
      await sql`alter table credentials add column later text`.execute(db);
    },
  },
};

/** Another session that has a table which the migration needs. */
async function lockOn(url: string): Promise<pg.Client> {
  const locker = new pg.Client({ connectionString: url });
  await locker.connect();
  await locker.query('begin; lock table credentials in access share mode');
  return locker;
}

it('a migration whose table is locked for a while is applied when it is not any more', async (test) => {
  const { url } = database;
  if (url === undefined) return test.skip('the embedded database has one connection');
  await migrate(database.db);
  const locker = await lockOn(url);
  const migrating = migrate(database.db, locking, { tableTimeoutMs: 100, pauseMs: 500 });
  const waits = async () =>
    (await locker.query(`select from pg_locks where relation = 'credentials'::regclass and not granted`))
      .rowCount === 1;
  while (!(await waits()));
  while (await waits());
  await locker.end();
  expect(await migrating).toEqual(['9000_locks']);
});

it('a migration whose table stays locked says so, and leaves nothing', async (test) => {
  const { url } = database;
  if (url === undefined) return test.skip('the embedded database has one connection');
  await migrate(database.db);
  const locker = await lockOn(url);
  const refusal = migrate(database.db, locking, { tableTimeoutMs: 100, pauseMs: 10 });
  await expect(refusal).rejects.toThrow(MigrationBlockedError);
  await expect(refusal).rejects.toThrow('a lock that another session holds');
  await locker.end();
  expect((await migrationState(database.db, locking)).pending).toEqual(['9000_locks']);
});

it('a migration may run longer than a statement of the service, which is given up', async (test) => {
  const { url } = database;
  if (url === undefined) return test.skip('the embedded database has no statement timeout');
  const open = await openDatabase({
    databaseUrl: url,
    dataDirectory: '',
    databasePoolSize: 1,
    statementTimeoutMs: 200,
    purpose: 'tests',
  });
  const slow = {
    '0000_slow': {
      up: async (db: Kysely<unknown>) => {
        await sql`select pg_sleep(0.6)`.execute(db);
      },
    },
  };
  expect(await migrate(open.db, slow)).toEqual(['0000_slow']);
  await expect(sql`select pg_sleep(5)`.execute(open.db)).rejects.toMatchObject({ code: '57014' });
  await open.close();
});
