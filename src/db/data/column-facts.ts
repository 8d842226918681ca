// What each column of a record can hold: its SQL type, and whether it may be null. For what is made from the catalogue.

import { type DataResource, type RecordColumn, type RecordRow, recordColumns } from './resources.ts';

export type ColumnType = 'text' | 'boolean' | 'jsonb' | 'timestamptz';

type NullableColumn<R extends DataResource> = {
  [C in RecordColumn<R>]: null extends RecordRow<R>[C & keyof RecordRow<R>] ? C : never;
}[RecordColumn<R>];

/** The type asks for each nullable column of the tables, and for no other. */
const nullable: { readonly [R in DataResource]: Readonly<Record<NullableColumn<R>, true>> } = {
  conversations: { primary_domain: true, type: true, detail: true },
  interactions: { label: true, parent_interaction_id: true, detail: true },
  plugin_calls: { plugin_update_time: true },
  plugin_resources: { plugin_call_id: true, detail: true },
  users: {
    email_addr: true,
    first_name: true,
    last_name: true,
    user_preferred_language: true,
    first_interaction_time: true,
    latest_interaction_time: true,
    external_ids: true,
  },
};

export const isNullable = (resource: DataResource, column: string): boolean =>
  Object.hasOwn(nullable[resource], column);

/** The type of a column, or undefined for a name that is none of the resource's. */
export function typeOfColumn(resource: DataResource, name: string): ColumnType | undefined {
  const columns: Record<string, ColumnType> = recordColumns[resource];
  return Object.hasOwn(columns, name) ? columns[name] : undefined;
}
