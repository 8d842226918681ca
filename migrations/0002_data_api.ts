// The Data API's five tables: every field of the product's records, named as the product names them.
// Records refer to each other by id without foreign keys, because loads arrive in any order and may never be complete.

import { type Kysely, sql } from 'kysely';

/** What every list needs: an order by time with the id as tie-break. The primary key serves the order by id. */
const inOrderOf = (table: string, time: string) =>
  `create index ${table}_by_${time} on ${table} (organization_id, ${time}, id)`;

/** What a walk from one record to its neighbours needs: they stand in the order in which they happened. */
const neighboursBy = (table: string, column: string) =>
  `create index ${table}_by_${column} on ${table} (organization_id, ${column}, created_time, id)`;

const statements = [
  `create table conversations (
    organization_id text collate "C" not null references organizations (id),
    id text collate "C" not null,
    user_id text collate "C" not null,
    primary_domain text collate "C",
    route text collate "C" not null,
    type text collate "C",
    detail jsonb,
    created_time timestamptz(3) not null,
    last_updated_time timestamptz(3) not null,
    primary key (organization_id, id)
  )`,
  inOrderOf('conversations', 'created_time'),
  inOrderOf('conversations', 'last_updated_time'),
  neighboursBy('conversations', 'user_id'),

  `create table interactions (
    organization_id text collate "C" not null references organizations (id),
    id text collate "C" not null,
    conversation_id text collate "C" not null,
    user_id text collate "C" not null,
    actor text collate "C" not null check (actor in ('user', 'bot')),
    platform text collate "C" not null,
    type text collate "C" not null,
    label text collate "C",
    parent_interaction_id text collate "C",
    detail jsonb,
    created_time timestamptz(3) not null,
    last_updated_time timestamptz(3) not null,
    primary key (organization_id, id)
  )`,
  inOrderOf('interactions', 'created_time'),
  inOrderOf('interactions', 'last_updated_time'),
  neighboursBy('interactions', 'conversation_id'),
  neighboursBy('interactions', 'user_id'),
  `${neighboursBy('interactions', 'parent_interaction_id')} where parent_interaction_id is not null`,

  `create table plugin_calls (
    organization_id text collate "C" not null references organizations (id),
    id text collate "C" not null,
    interaction_id text collate "C" not null,
    conversation_id text collate "C" not null,
    user_id text collate "C" not null,
    plugin_name text collate "C" not null,
    served boolean not null,
    used boolean not null,
    plugin_update_time timestamptz(3),
    created_time timestamptz(3) not null,
    last_updated_time timestamptz(3) not null,
    primary key (organization_id, id)
  )`,
  inOrderOf('plugin_calls', 'created_time'),
  inOrderOf('plugin_calls', 'last_updated_time'),
  neighboursBy('plugin_calls', 'interaction_id'),
  neighboursBy('plugin_calls', 'conversation_id'),
  neighboursBy('plugin_calls', 'user_id'),

  `create table plugin_resources (
    organization_id text collate "C" not null references organizations (id),
    id text collate "C" not null,
    resource_id text collate "C" not null,
    type text collate "C" not null,
    plugin_call_id text collate "C",
    interaction_id text collate "C" not null,
    conversation_id text collate "C" not null,
    user_id text collate "C" not null,
    cited boolean not null,
    detail jsonb,
    created_time timestamptz(3) not null,
    last_updated_time timestamptz(3) not null,
    primary key (organization_id, id)
  )`,
  inOrderOf('plugin_resources', 'created_time'),
  inOrderOf('plugin_resources', 'last_updated_time'),
  `${neighboursBy('plugin_resources', 'plugin_call_id')} where plugin_call_id is not null`,
  neighboursBy('plugin_resources', 'interaction_id'),
  neighboursBy('plugin_resources', 'conversation_id'),
  neighboursBy('plugin_resources', 'user_id'),

  // Users have no created_time: their lists run by last_updated_time or id.
  `create table users (
    organization_id text collate "C" not null references organizations (id),
    id text collate "C" not null,
    email_addr text collate "C",
    first_name text,
    last_name text,
    access_to_bot boolean not null,
    user_preferred_language text collate "C",
    first_interaction_time timestamptz(3),
    latest_interaction_time timestamptz(3),
    external_ids jsonb,
    last_updated_time timestamptz(3) not null,
    primary key (organization_id, id)
  )`,
  inOrderOf('users', 'last_updated_time'),
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
