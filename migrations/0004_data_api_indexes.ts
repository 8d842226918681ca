// Look-ups by a value that few records share: a person by e-mail address, and what was found of one article or ticket.
// Fields with few values (route, type, platform …) have no index: a list in order of time meets them soon enough.

import { type Kysely, sql } from 'kysely';

const statements = [
  `create index users_by_email_addr on users (organization_id, email_addr)`,
  `create index plugin_resources_by_resource_id on plugin_resources (organization_id, resource_id, created_time, id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
