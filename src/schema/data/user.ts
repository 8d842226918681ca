// Users: names, e-mail addresses, and identities in connected systems.

import type { RecordRow } from '../../db/data/resources.ts';
import type { ExternalId } from '../../db/data/tables.ts';
import { scopes } from '../../scopes.ts';
import { builder } from '../builder.ts';
import { connectionType } from '../page.ts';
import { filterInput } from './filter.ts';
import { orderInput, type RecordKind, recordField, recordListField } from './record-fields.ts';

const authScopes = { requiresScopes: [[scopes.USERS.value]] };

const ExternalIdType = builder.objectRef<ExternalId>('ExternalId').implement({
  description: "The user's identity in a connected system.",
  authScopes,
  fields: (t) => ({
    connectorName: t.string({
      nullable: true,
      description: 'The connection by which the identity is known, such as gsuite.',
      resolve: (identity) => identity.connector_name,
    }),
    externalId: t.id({
      nullable: true,
      description: "The user's id or address in that system.",
      resolve: (identity) => identity.external_id,
    }),
    source: t.exposeString('source', {
      nullable: true,
      description:
        'Known: GSUITE, WEBEX, UNKNOWN_SYSTEM, MOVEWEBCHAT, SNOW, JIRA_SERVICE_DESK, SLACK, OKTA, MS_GRAPH.',
    }),
  }),
});

const ofSystems = "As the organisation's own systems have it; null when they do not.";

export const UserType = builder.objectRef<RecordRow<'users'>>('User').implement({
  description:
    "A person, as the organisation's own systems know them. Not an Account: users do not sign in here.",
  authScopes,
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Most are numbers beyond 2^53: keep them as text.' }),
    emailAddr: t.string({
      nullable: true,
      description: ofSystems,
      resolve: (row) => row.email_addr,
    }),
    firstName: t.string({ nullable: true, description: ofSystems, resolve: (row) => row.first_name }),
    lastName: t.string({ nullable: true, description: ofSystems, resolve: (row) => row.last_name }),
    accessToBot: t.boolean({
      description:
        'Whether the user may use the assistant. False without externalIds usually means: has left.',
      resolve: (row) => row.access_to_bot,
    }),
    userPreferredLanguage: t.string({
      nullable: true,
      description: 'Such as EN_US, ES_ES, FR_CA.',
      resolve: (row) => row.user_preferred_language,
    }),
    firstInteractionTime: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'By which new users are told from others. Null when none is known.',
      resolve: (row) => row.first_interaction_time,
    }),
    latestInteractionTime: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Null when none is known.',
      resolve: (row) => row.latest_interaction_time,
    }),
    externalIds: t.field({
      type: [ExternalIdType],
      nullable: true,
      description: 'Identities in connected systems. Null when none is known.',
      resolve: (row) => row.external_ids,
    }),
    lastUpdatedTime: t.field({
      type: 'DateTime',
      description: 'When the record was last loaded. Users have no createdTime.',
      resolve: (row) => row.last_updated_time,
    }),
  }),
});

export const userRecords: RecordKind<'users'> = {
  resource: 'users',
  type: UserType,
  connection: connectionType('User', UserType, authScopes),
  filter: filterInput('User', 'users'),
  order: orderInput('User', ['LAST_UPDATED_TIME', 'ID']),
  usualOrder: { field: 'LAST_UPDATED_TIME', direction: 'desc' },
  authScopes,
};

builder.queryFields((t) => ({
  user: t.field(recordField(userRecords)),
  users: t.field(recordListField(userRecords)),
}));
