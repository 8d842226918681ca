// What fields say of themselves that several resources have: of the records, and of their filters.

import type { DataResource, RecordColumn } from '../../db/data/resources.ts';

/** Of the records' own fields. */
export const fieldTexts = {
  id: 'Text: 12 characters as a rule, of which the first may be - or _.',
  userId: 'The person in the conversation. The id alone does not need users:read.',
  conversationId: 'The conversation that it is part of. The id alone does not need conversations:read.',
  interactionId: 'The interaction that it belongs to. The id alone does not need interactions:read.',
  createdTime: 'When it happened. The record was loaded later: see lastUpdatedTime.',
  lastUpdatedTime: 'When the record was last loaded.',
} as const;

type ColumnOfAny = { [R in DataResource]: RecordColumn<R> }[DataResource];
export type FilterColumn = Exclude<ColumnOfAny, 'detail' | 'external_ids'>;

/** Of the filters' fields. A column means the same in whichever resource it stands. */
export const filterTexts: Readonly<Record<FilterColumn, string>> = {
  id: 'These records: many at once with in.',
  user_id: 'Those of these users.',
  conversation_id: 'Those of these conversations.',
  interaction_id: 'Those of these interactions.',
  parent_interaction_id: 'Those that answer these interactions. isNull: true finds what answers none.',
  plugin_call_id: 'Those of these plugin calls. isNull: true finds those of none.',
  resource_id: 'All that speaks of these resources.',
  created_time: 'When it happened: gte and lt make ranges that do not overlap.',
  last_updated_time:
    'When it was last loaded. To keep a copy, page by LAST_UPDATED_TIME, ASC, without this filter.',
  primary_domain: 'Conversation.primaryDomain has the known values. isNull: true finds those without one.',
  route: 'Conversation.route has the known values.',
  type: 'The whole word with its prefix. The field of the record has the known values.',
  actor: 'USER: what people said or clicked. BOT: what the assistant said.',
  platform: 'Interaction.platform has the known values.',
  label: 'Interaction.label has the known values.',
  plugin_name: 'The whole name.',
  served: 'true: those that were shown to the user. false: the others.',
  used: 'true: those that were completed. false: the others.',
  plugin_update_time: "When the plugin's run last changed.",
  cited: 'true: those that were cited in the answer. false: the others.',
  email_addr: 'The whole address, in the case in which it is stored.',
  first_name: 'The whole name.',
  last_name: 'The whole name.',
  access_to_bot: 'true: those who may use the assistant. false: the others.',
  user_preferred_language: 'The whole word, such as EN_US.',
  first_interaction_time: 'Those who used the assistant for the first time then.',
  latest_interaction_time: 'Those who used the assistant for the last time then.',
};
