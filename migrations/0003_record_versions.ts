// What makes a sync exact: every record carries the version of the load that last changed it, and a table holds the
// latest version of each resource of an organisation. See src/db/data/sync.ts for what is read from them.

import { type Kysely, sql } from 'kysely';

const tables = ['users', 'conversations', 'interactions', 'plugin_calls', 'plugin_resources'];

const statements = [
  // The row of a resource is locked by every load until it commits, so that versions are committed in their order.
  `create table record_versions (
    organization_id text collate "C" not null references organizations (id),
    resource text collate "C" not null,
    version bigint not null,
    primary key (organization_id, resource)
  )`,
  // What was there before has version 0, and so has what an older version of the program writes from now on.
  ...tables.flatMap((table) => [
    `alter table ${table} add column version bigint not null default 0`,
    `create index ${table}_by_version on ${table} (organization_id, version, last_updated_time, id)`,
  ]),
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
