// kill -9 of the server at random moments under load: nothing that was answered is lost, and nothing is half done. With
// KILL_ROUNDS=100 in the environment it goes on for longer.

import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, expect, inject, test, vi } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import type { Database } from '../../src/db/tables.ts';
import { signedIn } from '../support/actors.ts';
import { KillJournal } from '../support/kill-journal.ts';
import { masterKey } from '../support/master-key.ts';
import { createDatabase, dropDatabase, urlOfDatabase } from '../support/postgres-databases.ts';
import { cleanUp, migratedFolder, type ServerProcess, startServer } from '../support/server-process.ts';

const rounds = Number(process.env.KILL_ROUNDS ?? 5);
const workers = 6;
const password = 'a password for the whole file';
const databaseName = 'killed_under_load';

vi.setConfig({ testTimeout: 60_000 * rounds });
afterAll(async () => {
  await cleanUp();
  if (inject('engine') === 'postgres') await dropDatabase(inject('postgresUrl'), databaseName);
});

async function freshDatabase(): Promise<{ databaseUrl?: string; dataDirectory: string }> {
  if (inject('engine') === 'pglite') return { dataDirectory: await migratedFolder() };
  await createDatabase(inject('postgresUrl'), databaseName, 'latchkey_template');
  return { databaseUrl: urlOfDatabase(inject('postgresUrl'), databaseName), dataDirectory: 'unused' };
}

/** Kills the server after some changes, in the middle of others. By their number, so that any machine gets that far. */
async function killedAtWork(server: ServerProcess, journal: KillJournal): Promise<void> {
  const admin = await signedIn(server.app, 'admin@example.com', password);
  const enough = journal.acknowledged + 5 + Math.random() * 25;
  const working = Promise.all(Array.from({ length: workers }, () => journal.work(admin)));
  while (journal.acknowledged < enough) await pause(1);
  await pause(Math.random() * 20);
  server.send('SIGKILL');
  await server.ended;
  await working;
}

/** What a transaction that was cut in two would leave. */
const halves = {
  'credentials without a secret': sql`from credentials c where not exists
    (select from credential_secrets s where s.credential_id = c.id)`,
  'credentials whose creation was not audited once': sql`from credentials c where 1 <>
    (select count(*) from audit_events a where a.target_id = c.id and a.action = 'CREDENTIAL_CREATED')`,
  'credentials that are revoked without an event, or not revoked with one': sql`from credentials c where
    case when c.revoked_at is null then 0 else 1 end <>
    (select count(*) from audit_events a where a.target_id = c.id and a.action = 'CREDENTIAL_REVOKED')`,
  'names that are not as the audit says': sql`from credentials c where (c.name <> 'Made') <> exists
    (select from audit_events a where a.target_id = c.id and a.action = 'CREDENTIAL_UPDATED'
      and strpos(a.detail::text, to_json(c.name)::text) > 0)`,
  'events of a credential that is not there': sql`from audit_events a where a.target_kind = 'CREDENTIAL'
    and not exists (select from credentials c where c.id = a.target_id)`,
};

async function countsOf(db: Database): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [name, half] of Object.entries(halves)) {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n ${half}`.execute(db);
    counts[name] = rows[0]?.n ?? -1;
  }
  return counts;
}

test(`in ${rounds} rounds of kill -9 nothing that was answered is lost, and nothing is half done`, async () => {
  const { databaseUrl, dataDirectory } = await freshDatabase();
  const settings = {
    LATCHKEY_DATA_DIR: dataDirectory,
    LATCHKEY_MASTER_KEY: masterKey,
    LATCHKEY_ADMIN_PASSWORD: password,
    LATCHKEY_SAMPLE_DATA: 'off',
    // Each round signs in twice, and a fast machine would do so more often than one address may.
    LATCHKEY_RATE_LIMIT_STORE: 'memory',
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  };
  const start = async () => {
    const server = await startServer(settings);
    await server.untilListening();
    return server;
  };
  const journal = new KillJournal();
  let server = await start();
  for (let round = 0; round < rounds; round++) {
    await killedAtWork(server, journal);
    server = await start();
    const admin = await signedIn(server.app, 'admin@example.com', password);
    expect(await journal.repeated(admin)).toEqual([]);
    expect(await journal.broken(admin)).toEqual([]);
  }
  server.send('SIGTERM');
  expect(await server.ended).toBe(0);
  const open = await openDatabase({
    databaseUrl,
    dataDirectory,
    databasePoolSize: 1,
    statementTimeoutMs: 60_000,
    purpose: 'tests',
  });
  expect(await countsOf(open.db)).toEqual(Object.fromEntries(Object.keys(halves).map((name) => [name, 0])));
  // Whatever was sent with a key was sent again, so each has one credential, and none has two.
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from credentials`.execute(open.db);
  expect(rows).toEqual([{ n: journal.created }]);
  await open.close();
  // The kills have to come in the middle of something, or all this shows nothing.
  expect(journal.unanswered).toBeGreaterThan(rounds);
});
