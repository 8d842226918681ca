// Records by the thousand, made by the database itself: for tests of how it finds a few among many.

import { sql } from 'kysely';
import { dataResources } from '../../src/db/data/resources.ts';
import type { Database } from '../../src/db/tables.ts';

/**
 * Puts as many records into each table of the Data API, with the ids r00000, r00001, … They stand in the middle of every
 * order in the middle of the others, belong to u0 to u9, to a0 to a9, and five each to c0, c1, …, and were loaded a
 * hundred at a time.
 */
export async function fillTables(db: Database, organizationId: string, count: number): Promise<void> {
  const key = sql`organization_id, id, version, last_updated_time`;
  const keyValues = sql`${organizationId}::text, 'r' || lpad(i::text, 5, '0'), 1 + i / 100,
    '2026-01-02'::timestamptz + i * interval '40 seconds'`;
  const created = sql`'2026-01-01'::timestamptz + i * interval '40 seconds'`;
  const user = sql`'u' || i % 10`;
  const of = sql`'c' || i / 5`;
  const parent = sql`'r' || lpad((i / 3)::text, 5, '0')`;
  const series = sql`generate_series(0, ${count - 1}::int) as i`;
  await sql`insert into users (${key}, email_addr, access_to_bot)
    select ${keyValues}, i || '@full.example', true from ${series}`.execute(db);
  await sql`insert into conversations (${key}, user_id, route, created_time)
    select ${keyValues}, ${user}, 'DM', ${created} from ${series}`.execute(db);
  await sql`insert into interactions
      (${key}, conversation_id, user_id, actor, platform, type, parent_interaction_id, created_time)
    select ${keyValues}, ${of}, ${user}, 'bot', 'SLACK', 'T', ${parent}, ${created} from ${series}`.execute(
    db,
  );
  await sql`insert into plugin_calls
      (${key}, interaction_id, conversation_id, user_id, plugin_name, served, used, created_time)
    select ${keyValues}, ${parent}, ${of}, ${user}, 'P', true, i % 2 = 0, ${created} from ${series}`.execute(
    db,
  );
  await sql`insert into plugin_resources
      (${key}, resource_id, type, plugin_call_id, interaction_id, conversation_id, user_id, cited, created_time)
    select ${keyValues}, 'a' || i % 10, 'T', ${parent}, ${parent}, ${of}, ${user}, true, ${created}
    from ${series}`.execute(db);
  const resources = sql`unnest(${[...dataResources]}::text[]) as resource`;
  await sql`insert into record_versions (organization_id, resource, version)
    select ${organizationId}::text, resource, 1 + ${count}::int / 100 from ${resources}`.execute(db);
}
