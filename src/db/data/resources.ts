// The five Data API resources as a catalogue: their columns with SQL types, and the names that files and addresses use.
// A new resource is a migration, its table type, and one entry here and in records.ts; whatever is generic follows.

import type { Selectable } from 'kysely';
import type { DataTables } from './tables.ts';

export type DataResource = keyof DataTables;
type SqlType = 'text' | 'boolean' | 'jsonb' | 'timestamptz';
/** What is ours and no field of the product's record: the tenant, and the version of the load. */
type OwnColumn = 'organization_id' | 'version';
/** A column that holds a field of the product's record. */
export type RecordColumn<R extends DataResource> = Exclude<keyof DataTables[R] & string, OwnColumn>;
/** A record as it is read: instants as ISO 8601 text, detail parsed. */
export type RecordRow<R extends DataResource> = Omit<Selectable<DataTables[R]>, OwnColumn>;

export const recordColumns = {
  conversations: {
    id: 'text',
    user_id: 'text',
    primary_domain: 'text',
    route: 'text',
    type: 'text',
    detail: 'jsonb',
    created_time: 'timestamptz',
    last_updated_time: 'timestamptz',
  },
  interactions: {
    id: 'text',
    conversation_id: 'text',
    user_id: 'text',
    actor: 'text',
    platform: 'text',
    type: 'text',
    label: 'text',
    parent_interaction_id: 'text',
    detail: 'jsonb',
    created_time: 'timestamptz',
    last_updated_time: 'timestamptz',
  },
  plugin_calls: {
    id: 'text',
    interaction_id: 'text',
    conversation_id: 'text',
    user_id: 'text',
    plugin_name: 'text',
    served: 'boolean',
    used: 'boolean',
    plugin_update_time: 'timestamptz',
    created_time: 'timestamptz',
    last_updated_time: 'timestamptz',
  },
  plugin_resources: {
    id: 'text',
    resource_id: 'text',
    type: 'text',
    plugin_call_id: 'text',
    interaction_id: 'text',
    conversation_id: 'text',
    user_id: 'text',
    cited: 'boolean',
    detail: 'jsonb',
    created_time: 'timestamptz',
    last_updated_time: 'timestamptz',
  },
  users: {
    id: 'text',
    email_addr: 'text',
    first_name: 'text',
    last_name: 'text',
    access_to_bot: 'boolean',
    user_preferred_language: 'text',
    first_interaction_time: 'timestamptz',
    latest_interaction_time: 'timestamptz',
    external_ids: 'jsonb',
    last_updated_time: 'timestamptz',
  },
} as const satisfies { [R in DataResource]: Record<RecordColumn<R>, SqlType> };

/** In the order in which parents come before what refers to them. */
export const dataResources = [
  'users',
  'conversations',
  'interactions',
  'plugin_calls',
  'plugin_resources',
] as const satisfies readonly DataResource[];

/** The names of a resource's columns. */
export const columnsOf = <R extends DataResource>(resource: R): RecordColumn<R>[] =>
  Object.keys(recordColumns[resource]) as RecordColumn<R>[];

/** As the product's addresses and files spell it: plugin_calls is `plugin-calls`. */
export const resourceSlug = (resource: DataResource): string => resource.replaceAll('_', '-');

/** The resource that a name stands for, dashes and underscores alike; undefined for a name that is none. */
export function resourceNamed(name: string): DataResource | undefined {
  const wanted = name.toLowerCase().replaceAll('-', '_');
  return dataResources.find((resource) => resource === wanted);
}
