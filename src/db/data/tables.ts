// The five Data API tables: every field of the product's records, snake_case as the product spells them.
// Open vocabularies (routes, domains, platforms, types) are text: the product adds values without notice.

import type { ColumnType } from 'kysely';
import type { Instant, Json } from '../tables.ts';

type NullableInstant = ColumnType<string | null, Date | string | null, Date | string | null>;
/** jsonb that may be null: goes in as JSON text, comes out parsed. */
type NullableJson<T> = Json<T> | null;

interface RecordTable {
  organization_id: string;
  id: string;
  last_updated_time: Instant;
  /** Of the load that last changed it: see sync.ts. */
  version: ColumnType<number | string, never, never>;
}

/** Which keys are there depends on the conversation's type. */
export interface ConversationDetail {
  type?: string | null;
  source?: string | null;
  domain?: string | null;
  campaign_id?: string | null;
  campaign_name?: string | null;
  usecase_id?: string | null;
  usecase_name?: string | null;
  ticket_id?: string | null;
  channel_id?: string | null;
  channel_name?: string | null;
  content?: string | null;
}

export interface ConversationsTable extends RecordTable {
  user_id: string;
  primary_domain: string | null;
  route: string;
  type: string | null;
  detail: NullableJson<ConversationDetail>;
  created_time: Instant;
}

/** Which keys are there depends on the interaction's type. */
export interface InteractionDetail {
  content?: string | null;
  domain?: string | null;
  entity?: string | null;
  type?: string | null;
  detail?: string | null;
  resource_id?: string | null;
  file_types?: string[] | null;
}

export const actors = ['user', 'bot'] as const;
export type Actor = (typeof actors)[number];

export interface InteractionsTable extends RecordTable {
  conversation_id: string;
  user_id: string;
  actor: Actor;
  platform: string;
  type: string;
  label: string | null;
  parent_interaction_id: string | null;
  detail: NullableJson<InteractionDetail>;
  created_time: Instant;
}

export interface PluginCallsTable extends RecordTable {
  interaction_id: string;
  conversation_id: string;
  user_id: string;
  plugin_name: string;
  served: boolean;
  used: boolean;
  plugin_update_time: NullableInstant;
  created_time: Instant;
}

/** Which keys are there depends on the resource's type. */
export interface PluginResourceDetail {
  name?: string | null;
  snippet?: string | null;
  url?: string | null;
  domain?: string | null;
  external_resource_id?: string | null;
  source?: string | null;
  ticket_type?: string | null;
  type?: string | null;
}

export interface PluginResourcesTable extends RecordTable {
  resource_id: string;
  type: string;
  /** Null for what was found and weighed without a plugin call of its own. */
  plugin_call_id: string | null;
  interaction_id: string;
  conversation_id: string;
  user_id: string;
  cited: boolean;
  detail: NullableJson<PluginResourceDetail>;
  created_time: Instant;
}

/** The user's identity in a connected system. */
export interface ExternalId {
  connector_name?: string | null;
  external_id?: string | null;
  source?: string | null;
}

/** Without a created_time: the product has none. */
export interface UsersTable extends RecordTable {
  email_addr: string | null;
  first_name: string | null;
  last_name: string | null;
  access_to_bot: boolean;
  user_preferred_language: string | null;
  first_interaction_time: NullableInstant;
  latest_interaction_time: NullableInstant;
  external_ids: NullableJson<ExternalId[]>;
}

/** The version of the latest load of each resource of an organisation. No row: nothing was loaded yet. */
export interface RecordVersionsTable {
  organization_id: string;
  resource: string;
  version: ColumnType<number | string, never, never>;
}

export interface DataTables {
  conversations: ConversationsTable;
  interactions: InteractionsTable;
  plugin_calls: PluginCallsTable;
  plugin_resources: PluginResourcesTable;
  users: UsersTable;
}
