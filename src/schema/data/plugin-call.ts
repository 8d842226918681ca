// Plugin calls: which plugins were called, and whether they were served and used.

import type { RecordRow } from '../../db/data/resources.ts';
import { scopes } from '../../scopes.ts';
import { builder } from '../builder.ts';
import { connectionType } from '../page.ts';
import { fieldTexts } from './descriptions.ts';
import { filterInput } from './filter.ts';
import { orderInput, type RecordKind, recordField, recordListField } from './record-fields.ts';

const authScopes = { requiresScopes: [[scopes.PLUGIN_CALLS.value]] };

export const PluginCallType = builder.objectRef<RecordRow<'plugin_calls'>>('PluginCall').implement({
  description: 'One run of a plugin within an interaction.',
  authScopes,
  fields: (t) => ({
    id: t.exposeID('id', { description: fieldTexts.id }),
    interactionId: t.id({ description: fieldTexts.interactionId, resolve: (row) => row.interaction_id }),
    conversationId: t.id({ description: fieldTexts.conversationId, resolve: (row) => row.conversation_id }),
    userId: t.id({ description: fieldTexts.userId, resolve: (row) => row.user_id }),
    pluginName: t.string({
      description: 'As shown for the plugins that are built in, as configured for others.',
      resolve: (row) => row.plugin_name,
    }),
    served: t.exposeBoolean('served', { description: 'Shown to the user.' }),
    used: t.exposeBoolean('used', { description: 'Completed. Search is used whenever it is served.' }),
    pluginUpdateTime: t.field({
      type: 'DateTime',
      nullable: true,
      description: "The last change of the plugin's run: for approvals, possibly much later.",
      resolve: (row) => row.plugin_update_time,
    }),
    createdTime: t.field({
      type: 'DateTime',
      description: fieldTexts.createdTime,
      resolve: (row) => row.created_time,
    }),
    lastUpdatedTime: t.field({
      type: 'DateTime',
      description: fieldTexts.lastUpdatedTime,
      resolve: (row) => row.last_updated_time,
    }),
  }),
});

export const pluginCallRecords: RecordKind<'plugin_calls'> = {
  resource: 'plugin_calls',
  type: PluginCallType,
  connection: connectionType('PluginCall', PluginCallType, authScopes),
  filter: filterInput('PluginCall', 'plugin_calls'),
  order: orderInput('PluginCall', ['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID']),
  usualOrder: { field: 'CREATED_TIME', direction: 'desc' },
  authScopes,
};

builder.queryFields((t) => ({
  pluginCall: t.field(recordField(pluginCallRecords)),
  pluginCalls: t.field(recordListField(pluginCallRecords)),
}));
