// What a record of each resource must look like to be stored: strict about the fields the product documents, so that
// no reader ever meets a value of another type than the schema promises.

import type { z } from 'zod';
import {
  flag,
  id,
  indexedWord,
  instant,
  listOf,
  oneOf,
  openObject,
  orNull,
  recordOf,
  text,
  word,
} from './fields.ts';
import type { DataResource } from './resources.ts';
import { actors } from './tables.ts';

const optionalWord = word.nullish();
const optionalText = text.nullish();

const conversation = recordOf({
  id,
  user_id: id,
  primary_domain: orNull(word),
  route: word,
  type: orNull(word),
  detail: orNull(
    openObject({
      type: optionalWord,
      source: optionalWord,
      domain: optionalWord,
      campaign_id: optionalWord,
      campaign_name: optionalWord,
      usecase_id: optionalWord,
      usecase_name: optionalWord,
      ticket_id: optionalWord,
      channel_id: optionalWord,
      channel_name: optionalWord,
      content: optionalText,
    }),
  ),
  created_time: instant,
  last_updated_time: orNull(instant),
});

const interaction = recordOf({
  id,
  conversation_id: id,
  user_id: id,
  actor: oneOf(actors),
  platform: word,
  type: word,
  label: orNull(word),
  parent_interaction_id: orNull(id),
  detail: orNull(
    openObject({
      content: optionalText,
      domain: optionalWord,
      entity: optionalWord,
      type: optionalWord,
      detail: optionalText,
      resource_id: optionalWord,
      file_types: listOf(word).nullish(),
    }),
  ),
  created_time: instant,
  last_updated_time: orNull(instant),
});

const pluginCall = recordOf({
  id,
  interaction_id: id,
  conversation_id: id,
  user_id: id,
  plugin_name: word,
  served: flag,
  used: flag,
  plugin_update_time: orNull(instant),
  created_time: instant,
  last_updated_time: orNull(instant),
});

const pluginResource = recordOf({
  id,
  resource_id: indexedWord,
  type: word,
  plugin_call_id: orNull(id),
  interaction_id: id,
  conversation_id: id,
  user_id: id,
  cited: flag,
  detail: orNull(
    openObject({
      name: optionalText,
      snippet: optionalText,
      url: optionalText,
      domain: optionalWord,
      external_resource_id: optionalWord,
      source: optionalWord,
      ticket_type: optionalWord,
      type: optionalWord,
    }),
  ),
  created_time: instant,
  last_updated_time: orNull(instant),
});

const externalId = openObject({
  connector_name: optionalWord,
  external_id: optionalWord,
  source: optionalWord,
});

const user = recordOf({
  id,
  email_addr: orNull(indexedWord),
  first_name: orNull(word),
  last_name: orNull(word),
  access_to_bot: flag,
  user_preferred_language: orNull(word),
  first_interaction_time: orNull(instant),
  latest_interaction_time: orNull(instant),
  external_ids: orNull(listOf(externalId)),
  last_updated_time: orNull(instant),
});

const schemas = {
  conversations: conversation,
  interactions: interaction,
  plugin_calls: pluginCall,
  plugin_resources: pluginResource,
  users: user,
} as const satisfies Record<DataResource, z.ZodObject>;

/** A checked record: its keys are the columns, instants are UTC text; last_updated_time is null when it brought none. */
export type DataRecord<R extends DataResource = DataResource> = z.output<(typeof schemas)[R]>;

export type Checked<R extends DataResource> =
  | { record: DataRecord<R>; unknownFields: readonly string[] }
  /** Each says which field and what it should be. */
  | { problems: readonly string[] };

/**
 * Checks a value read from outside. Fields that this version does not know are no reason to refuse a record, because
 * the product adds fields without notice and a pipeline should not stop on that day; they are not stored, and are
 * returned by name so that the caller can say so.
 */
export function checkRecord<R extends DataResource>(resource: R, value: unknown): Checked<R> {
  const schema = schemas[resource];
  const parsed = schema.safeParse(value);
  if (!parsed.success) return { problems: parsed.error.issues.map(sentenceOf) };
  const unknownFields = Object.keys(value as object).filter((key) => !Object.hasOwn(schema.shape, key));
  return { record: parsed.data as DataRecord<R>, unknownFields };
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  return `${issue.path.length === 0 ? 'the record' : issue.path.join('.')} ${issue.message}`;
}
