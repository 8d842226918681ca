// From each kind of record to the kinds beside it, both ways: the whole graph of the Data API. Every field requires the
// scope of what it leads to, on itself and on the type.

import { builder } from '../builder.ts';
import { conversationRecords } from './conversation.ts';
import { interactionRecords } from './interaction.ts';
import { neighbourField, neighboursField } from './neighbour-fields.ts';
import { pluginCallRecords } from './plugin-call.ts';
import { pluginResourceRecords } from './plugin-resource.ts';
import { userRecords } from './user.ts';

/** What belongs to one conversation is told from its beginning. */
const asItHappened = { field: 'CREATED_TIME', direction: 'asc' } as const;
/** Of what a user did in years, the latest counts. */
const newestFirst = { field: 'CREATED_TIME', direction: 'desc' } as const;

builder.objectFields(conversationRecords.type, (t) => ({
  user: t.field(neighbourField('user', userRecords)),
  interactions: t.field(neighboursField(interactionRecords, 'conversation_id', asItHappened)),
  pluginCalls: t.field(neighboursField(pluginCallRecords, 'conversation_id', asItHappened)),
  pluginResources: t.field(neighboursField(pluginResourceRecords, 'conversation_id', asItHappened)),
}));

builder.objectFields(interactionRecords.type, (t) => ({
  conversation: t.field(neighbourField('conversation', conversationRecords)),
  user: t.field(neighbourField('user', userRecords)),
  parent: t.field({
    ...neighbourField('parent', interactionRecords),
    description:
      'What a message of the assistant answers; null for what users say, and when it was not loaded.',
  }),
  replies: t.field({
    ...neighboursField(interactionRecords, 'parent_interaction_id', asItHappened),
    description: 'Interactions whose parent this is.',
  }),
  pluginCalls: t.field(neighboursField(pluginCallRecords, 'interaction_id', asItHappened)),
  pluginResources: t.field(neighboursField(pluginResourceRecords, 'interaction_id', asItHappened)),
}));

builder.objectFields(pluginCallRecords.type, (t) => ({
  interaction: t.field(neighbourField('interaction', interactionRecords)),
  conversation: t.field(neighbourField('conversation', conversationRecords)),
  user: t.field(neighbourField('user', userRecords)),
  pluginResources: t.field(neighboursField(pluginResourceRecords, 'plugin_call_id', asItHappened)),
}));

builder.objectFields(pluginResourceRecords.type, (t) => ({
  pluginCall: t.field({
    ...neighbourField('pluginCall', pluginCallRecords),
    description: 'Null for what was found and weighed without a plugin call of its own.',
  }),
  interaction: t.field(neighbourField('interaction', interactionRecords)),
  conversation: t.field(neighbourField('conversation', conversationRecords)),
  user: t.field(neighbourField('user', userRecords)),
}));

builder.objectFields(userRecords.type, (t) => ({
  conversations: t.field(neighboursField(conversationRecords, 'user_id', newestFirst)),
  interactions: t.field(neighboursField(interactionRecords, 'user_id', newestFirst)),
  pluginCalls: t.field(neighboursField(pluginCallRecords, 'user_id', newestFirst)),
  pluginResources: t.field(neighboursField(pluginResourceRecords, 'user_id', newestFirst)),
}));
