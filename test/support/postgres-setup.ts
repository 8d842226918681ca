// Global setup for suites on PostgreSQL: one server for the run, with a migrated template database to copy.

import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { createDatabase, urlOfDatabase } from './postgres-databases.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

let server: PostgresServer | undefined;

export async function setup(project: TestProject): Promise<void> {
  server = await startPostgres();
  await createDatabase(server.url, 'latchkey_template', 'template0');
  const template = await openDatabase({
    databaseUrl: urlOfDatabase(server.url, 'latchkey_template'),
    dataDirectory: '',
    databasePoolSize: 2,
    statementTimeoutMs: 60_000,
    purpose: 'tests',
  });
  await migrate(template.db);
  await template.close();
  project.provide('engine', 'postgres');
  project.provide('postgresUrl', server.url);
}

export async function teardown(): Promise<void> {
  await server?.stop();
}
