// Interactions: what users and the assistant said and clicked, message by message.

import type { RecordRow } from '../../db/data/resources.ts';
import type { InteractionDetail } from '../../db/data/tables.ts';
import { scopes } from '../../scopes.ts';
import { builder } from '../builder.ts';
import { connectionType } from '../page.ts';
import { fieldTexts } from './descriptions.ts';
import { allHold, filterInput, inList } from './filter.ts';
import { orderInput, type RecordKind, recordField, recordListField } from './record-fields.ts';

const authScopes = { requiresScopes: [[scopes.INTERACTIONS.value]] };

const InteractionActor = builder.enumType('InteractionActor', {
  description: 'Who spoke or clicked.',
  values: {
    USER: { value: 'user', description: 'The person in the conversation.' },
    BOT: { value: 'bot', description: 'The assistant.' },
  } as const,
});

const InteractionActorFilter = builder.inputType('InteractionActorFilter', {
  description: allHold,
  fields: (t) => ({
    eq: t.field({ type: InteractionActor, description: 'This one.' }),
    in: t.field({ type: [InteractionActor], ...inList }),
  }),
});

const InteractionDetailType = builder.objectRef<InteractionDetail>('InteractionDetail').implement({
  description: "What was said or clicked. Which fields are there depends on the interaction's type.",
  authScopes,
  fields: (t) => ({
    content: t.exposeString('content', {
      nullable: true,
      description: 'The text, the address of the link, or the name of the button. Null for uploads.',
    }),
    domain: t.exposeString('domain', {
      nullable: true,
      description: "Free text: what this turn is about; it may differ from the conversation's primaryDomain.",
    }),
    entity: t.exposeString('entity', {
      nullable: true,
      description: 'Free text: the topic that was detected, such as vpn, pto, greeting.',
    }),
    type: t.exposeString('type', {
      nullable: true,
      description:
        'Links and forms: the kind of resource. Known: RESOURCE_TYPE_INTERNAL_LINK, RESOURCE_TYPE_FORM, RESOURCE_TYPE_RECORD, RESOURCE_TYPE_UNSPECIFIED.',
    }),
    detail: t.exposeString('detail', {
      nullable: true,
      description: 'Forms: the name of the form, or the id of the ticket that was made.',
    }),
    resourceId: t.id({
      nullable: true,
      description:
        'Links and forms: the resource that was opened or submitted. Internal links: GET_HELP, INFO, UI_FORM, HELPFUL, UNHELPFUL.',
      resolve: (detail) => detail.resource_id,
    }),
    fileTypes: t.stringList({
      nullable: true,
      description: 'Uploads: the kinds of the files, such as pdf. Names of files are never recorded.',
      resolve: (detail) => detail.file_types,
    }),
  }),
});

export const InteractionType = builder.objectRef<RecordRow<'interactions'>>('Interaction').implement({
  description: 'One message, click, form, or upload, of the user or of the assistant.',
  authScopes,
  fields: (t) => ({
    id: t.exposeID('id', { description: fieldTexts.id }),
    conversationId: t.id({ description: fieldTexts.conversationId, resolve: (row) => row.conversation_id }),
    userId: t.id({
      description: 'The person in the conversation, also where the assistant speaks.',
      resolve: (row) => row.user_id,
    }),
    actor: t.expose('actor', { type: InteractionActor, description: 'Who spoke or clicked.' }),
    platform: t.exposeString('platform', { description: 'Known: slack, msteams, movewebchat.' }),
    type: t.exposeString('type', {
      description: [
        'Known, each after INTERACTION_TYPE_: FREE_TEXT, BOT_MESSAGE, BUTTON_CLICK, LINK_CLICK, UIFORM_SUBMISSION,',
        'CONTENT_UPLOAD.',
      ].join(' '),
    }),
    label: t.exposeString('label', {
      nullable: true,
      description: 'Forms: what the form is for. Known: file_ticket, handoff, mw_form, feedback.',
    }),
    parentInteractionId: t.id({
      nullable: true,
      description: 'What a message of the assistant answers; null for what users say.',
      resolve: (row) => row.parent_interaction_id,
    }),
    detail: t.field({
      type: InteractionDetailType,
      nullable: true,
      description: 'The words, link, button, form, or upload, as type says. Null when the record has none.',
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

export const interactionRecords: RecordKind<'interactions'> = {
  resource: 'interactions',
  type: InteractionType,
  connection: connectionType('Interaction', InteractionType, authScopes),
  filter: filterInput('Interaction', 'interactions', { actor: InteractionActorFilter }),
  order: orderInput('Interaction', ['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID']),
  usualOrder: { field: 'CREATED_TIME', direction: 'desc' },
  authScopes,
};

builder.queryFields((t) => ({
  interaction: t.field(recordField(interactionRecords)),
  interactions: t.field(recordListField(interactionRecords)),
}));
