// One Data API record of each resource, in an organisation of choice.

import { sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';

const at = '2026-01-31T09:30:00.000Z';

/** Ids are `<prefix>-<resource>`, so that two organisations can have records that differ in nothing else. */
export async function insertOneOfEach(db: Database, organizationId: string, prefix: string): Promise<void> {
  const ids = Object.fromEntries(
    ['users', 'conversations', 'interactions', 'plugin_calls', 'plugin_resources'].map((name) => [
      name,
      `${prefix}-${name}`,
    ]),
  );
  const shared = { organization_id: organizationId, last_updated_time: at };
  const child = { ...shared, created_time: at, user_id: ids.users };
  const inConversation = { ...child, conversation_id: ids.conversations };
  const rows: Record<string, object> = {
    users: { ...shared, id: ids.users, email_addr: `${prefix}@example.com`, access_to_bot: true },
    conversations: { ...child, id: ids.conversations, route: 'DM' },
    interactions: {
      ...inConversation,
      id: ids.interactions,
      actor: 'user',
      platform: 'slack',
      type: 'INTERACTION_TYPE_FREE_TEXT',
    },
    plugin_calls: {
      ...inConversation,
      id: ids.plugin_calls,
      interaction_id: ids.interactions,
      plugin_name: 'Search',
      served: true,
      used: true,
    },
    plugin_resources: {
      ...inConversation,
      id: ids.plugin_resources,
      resource_id: 'article',
      type: 'RESOURCE_TYPE_ARTICLE',
      interaction_id: ids.interactions,
      cited: true,
    },
  };
  for (const [table, row] of Object.entries(rows)) {
    await sql`insert into ${sql.table(table)} (${sql.join(Object.keys(row).map((name) => sql.ref(name)))})
      values (${sql.join(Object.values(row))})`.execute(db);
  }
}
