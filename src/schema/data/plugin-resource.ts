// Plugin resources: the articles, files, forms, and tickets that plugins returned.

import type { RecordRow } from '../../db/data/resources.ts';
import type { PluginResourceDetail } from '../../db/data/tables.ts';
import { scopes } from '../../scopes.ts';
import { builder } from '../builder.ts';
import { connectionType } from '../page.ts';
import { fieldTexts } from './descriptions.ts';
import { filterInput } from './filter.ts';
import { orderInput, type RecordKind, recordField, recordListField } from './record-fields.ts';

const authScopes = { requiresScopes: [[scopes.PLUGIN_RESOURCES.value]] };

const PluginResourceDetailType = builder.objectRef<PluginResourceDetail>('PluginResourceDetail').implement({
  description: "What is known of the resource. Which fields are there depends on the resource's type.",
  authScopes,
  fields: (t) => ({
    name: t.exposeString('name', { nullable: true, description: 'Articles, files, and forms.' }),
    snippet: t.exposeString('snippet', {
      nullable: true,
      description: 'Articles and files: the passage found.',
    }),
    url: t.exposeString('url', { nullable: true, description: 'Articles, files, and tickets.' }),
    domain: t.exposeString('domain', {
      nullable: true,
      description: 'Known: IT, HR, FINANCE, UNKNOWN, OTHER, FACILITY, LEGAL.',
    }),
    externalResourceId: t.id({
      nullable: true,
      description: 'Articles and forms: the id in the system they come from.',
      resolve: (detail) => detail.external_resource_id,
    }),
    source: t.exposeString('source', {
      nullable: true,
      description: 'Tickets and approvals: the system. Known: moveworks, snow, jira_service_desk.',
    }),
    ticketType: t.string({
      nullable: true,
      description: 'Tickets. Known: INCIDENT, REQUEST_ITEM, HR_CASE.',
      resolve: (detail) => detail.ticket_type,
    }),
    type: t.exposeString('type', {
      nullable: true,
      description:
        'Tickets and approvals. Known: UNKNOWN_TYPE, BOT_INITIATED_TICKET, USER_INITIATED_TICKET, REQUEST_ITEM.',
    }),
  }),
});

export const PluginResourceType = builder
  .objectRef<RecordRow<'plugin_resources'>>('PluginResource')
  .implement({
    description:
      'One thing that was found for an interaction: an article, a form, a ticket, a person, and so on.',
    authScopes,
    fields: (t) => ({
      id: t.exposeID('id', {
        description: 'Of this record: 32 hexadecimal digits as a rule. See resourceId.',
      }),
      resourceId: t.id({
        description:
          'The resource itself: many records may speak of one. A ticket number, a hash, a number, or "0".',
        resolve: (row) => row.resource_id,
      }),
      type: t.exposeString('type', {
        description: [
          'Known, each after RESOURCE_TYPE_: KNOWLEDGE, FILE, FORM, TICKET, APPROVAL, INTERNAL_KNOWLEDGE, PERSON, RECORD,',
          'SOFTWARE, GROUP, UPLOADED_CONTENT, MESSAGE, IDENTITY_SYSTEM, UNSPECIFIED.',
        ].join(' '),
      }),
      pluginCallId: t.id({
        nullable: true,
        description: 'Null for what was found and weighed without a plugin call of its own.',
        resolve: (row) => row.plugin_call_id,
      }),
      interactionId: t.id({ description: fieldTexts.interactionId, resolve: (row) => row.interaction_id }),
      conversationId: t.id({ description: fieldTexts.conversationId, resolve: (row) => row.conversation_id }),
      userId: t.id({ description: fieldTexts.userId, resolve: (row) => row.user_id }),
      cited: t.exposeBoolean('cited', { description: 'Cited in the answer.' }),
      detail: t.field({
        type: PluginResourceDetailType,
        nullable: true,
        description: 'Of articles, files, forms, tickets, and approvals; null for other types.',
        resolve: (row) => row.detail,
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

export const pluginResourceRecords: RecordKind<'plugin_resources'> = {
  resource: 'plugin_resources',
  type: PluginResourceType,
  connection: connectionType('PluginResource', PluginResourceType, authScopes),
  filter: filterInput('PluginResource', 'plugin_resources'),
  order: orderInput('PluginResource', ['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID']),
  usualOrder: { field: 'CREATED_TIME', direction: 'desc' },
  authScopes,
};

builder.queryFields((t) => ({
  pluginResource: t.field(recordField(pluginResourceRecords)),
  pluginResources: t.field(recordListField(pluginResourceRecords)),
}));
