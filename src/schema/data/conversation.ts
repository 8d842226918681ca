// Conversations: who, when, by which route, and about which domain.

import type { RecordRow } from '../../db/data/resources.ts';
import type { ConversationDetail } from '../../db/data/tables.ts';
import { scopes } from '../../scopes.ts';
import { builder } from '../builder.ts';
import { connectionType } from '../page.ts';
import { fieldTexts } from './descriptions.ts';
import { filterInput } from './filter.ts';
import { orderInput, type RecordKind, recordField, recordListField } from './record-fields.ts';

const authScopes = { requiresScopes: [[scopes.CONVERSATIONS.value]] };

const ConversationDetailType = builder.objectRef<ConversationDetail>('ConversationDetail').implement({
  description:
    "What the system said when it began the conversation. Which fields are there depends on the conversation's type.",
  authScopes,
  fields: (t) => ({
    type: t.exposeString('type', { nullable: true, description: 'Approvals: what is to be approved.' }),
    source: t.exposeString('source', { nullable: true, description: 'Approvals: the system that asks.' }),
    domain: t.exposeString('domain', { nullable: true, description: 'Approvals.' }),
    campaignId: t.id({
      nullable: true,
      description: 'Communications.',
      resolve: (detail) => detail.campaign_id,
    }),
    campaignName: t.string({
      nullable: true,
      description: 'Communications.',
      resolve: (detail) => detail.campaign_name,
    }),
    usecaseId: t.id({
      nullable: true,
      description: 'Ambient agents and events.',
      resolve: (detail) => detail.usecase_id,
    }),
    usecaseName: t.string({
      nullable: true,
      description: 'Ambient agents and events.',
      resolve: (detail) => detail.usecase_name,
    }),
    ticketId: t.id({ nullable: true, description: 'Tickets.', resolve: (detail) => detail.ticket_id }),
    channelId: t.id({
      nullable: true,
      description: 'Channel interceptions.',
      resolve: (detail) => detail.channel_id,
    }),
    channelName: t.string({
      nullable: true,
      description: 'Channel interceptions.',
      resolve: (detail) => detail.channel_name,
    }),
    content: t.exposeString('content', {
      nullable: true,
      description: 'Ticket interceptions: the description of the ticket. Channel interceptions: the message.',
    }),
  }),
});

export const ConversationType = builder.objectRef<RecordRow<'conversations'>>('Conversation').implement({
  description: 'How a user and the assistant came to talk, and about what. Its interactions have the words.',
  authScopes,
  fields: (t) => ({
    id: t.exposeID('id', { description: fieldTexts.id }),
    userId: t.id({ description: fieldTexts.userId, resolve: (row) => row.user_id }),
    primaryDomain: t.string({
      nullable: true,
      description:
        'What it is mostly about. Known: IT, HR, OTHER, TRAVEL_AND_EXPENSE, LEGAL, PAYROLL, FACILITY, FINANCE.',
      resolve: (row) => row.primary_domain,
    }),
    route: t.exposeString('route', {
      description: 'How it began. Known: DM, Notification, Channel, Ticket, Ticket_Interception.',
    }),
    type: t.exposeString('type', {
      nullable: true,
      description: [
        'Only of conversations that the system began. Known, each after CONVERSATION_TYPE_: APPROVAL_REQUEST_NOTIFICATION,',
        'APPROVAL_UPDATE_NOTIFICATION, COMMS_NOTIFICATION, AMBIENT_AGENT_NOTIFICATION, EVENTS_NOTIFICATION,',
        'TICKET_UPDATE_NOTIFICATION, TICKET_WAITING_NOTIFICATION, TICKET_WATCHER_NOTIFICATION,',
        'TICKET_NUDGE_NOTIFICATION, EXPIRED_PASSWORD_NOTIFICATION, EXPIRING_PASSWORD_NOTIFICATION,',
        'LOCKED_ACCOUNT_NOTIFICATION, CSAT_NOTIFICATION, TICKET_INTERCEPTION, CHANNEL_INTERCEPTION.',
      ].join(' '),
    }),
    detail: t.field({
      type: ConversationDetailType,
      nullable: true,
      description: 'Null when there is none, as for conversations that a user began.',
      resolve: (row) => row.detail,
    }),
    createdTime: t.field({
      type: 'DateTime',
      description: 'When its first interaction took place, or the system began it.',
      resolve: (row) => row.created_time,
    }),
    lastUpdatedTime: t.field({
      type: 'DateTime',
      description: fieldTexts.lastUpdatedTime,
      resolve: (row) => row.last_updated_time,
    }),
  }),
});

export const conversationRecords: RecordKind<'conversations'> = {
  resource: 'conversations',
  type: ConversationType,
  connection: connectionType('Conversation', ConversationType, authScopes),
  filter: filterInput('Conversation', 'conversations'),
  order: orderInput('Conversation', ['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID']),
  usualOrder: { field: 'CREATED_TIME', direction: 'desc' },
  authScopes,
};

builder.queryFields((t) => ({
  conversation: t.field(recordField(conversationRecords)),
  conversations: t.field(recordListField(conversationRecords)),
}));
