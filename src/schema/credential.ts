// Credentials, as Super Admins read them. credential-changes.ts has what they do to them.

import {
  type CredentialFilter,
  type CredentialOrderField,
  type CredentialStatus,
  countCredentials,
  credentialPosition,
  listCredentials,
} from '../db/credential-list.ts';
import { type Credential, type CredentialKey, findCredential } from '../db/credentials.ts';
import type { AuthenticationType } from '../db/tables.ts';
import { inCatalogueOrder } from '../scopes.ts';
import { AccountType } from './account.ts';
import { builder } from './builder.ts';
import { organizationIdOf, readsDb } from './context.ts';
import { enumValues } from './enum-values.ts';
import { safeText } from './input.ts';
import { connect, connectionType, listExtensions, pageArguments } from './page.ts';
import { Scope, ScopeNameEnum } from './scope.ts';
import { directionText, SortDirection } from './sort-direction.ts';

const superAdmin = { superAdmin: true };

export const AuthenticationTypeEnum = builder.enumType('AuthenticationType', {
  description: 'How a credential proves itself.',
  values: enumValues<AuthenticationType>({
    OAUTH2_CLIENT_CREDENTIALS:
      'By client id and secret, or by its private key, for tokens that live an hour at most.',
    API_KEY: 'By one key, sent with each request, that works until the credential is revoked.',
  }),
});
const CredentialStatusEnum = builder.enumType('CredentialStatus', {
  description: 'Whether a credential works.',
  values: enumValues<CredentialStatus>({
    ACTIVE: 'It works.',
    SUSPENDED: 'Its owner is deactivated or deleted.',
    REVOKED: 'For good.',
  }),
});

const CredentialKeyType = builder.objectRef<CredentialKey>('CredentialKey').implement({
  description: 'A public key by which an OAuth client authenticates (private_key_jwt, RFC 7523).',
  authScopes: superAdmin,
  fields: (t) => ({
    kid: t.exposeString('kid', { description: 'How the header of an assertion may name it.' }),
    algorithm: t.exposeString('algorithm', { description: 'The one that assertions must be signed with.' }),
    thumbprint: t.exposeString('thumbprint', { description: 'RFC 7638, SHA-256, base64url.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was registered.',
      resolve: (key) => key.createdAt,
    }),
    createdBy: t.field({
      type: AccountType,
      description: 'The Super Admin who registered it.',
      resolve: (key) => key.createdBy,
    }),
  }),
});

export const CredentialType = builder.objectRef<Credential>('Credential').implement({
  description: 'An API key or an OAuth client: what it opens, and on whom it hangs.',
  authScopes: superAdmin,
  fields: (t) => ({
    id: t.exposeID('id', { description: 'It begins with cred_. The log has it as credentialId.' }),
    name: t.exposeString('name', {
      description: 'For people. Several credentials may have one name, as while one takes over from another.',
    }),
    authenticationType: t.field({
      type: AuthenticationTypeEnum,
      description: 'Fixed at creation.',
      resolve: (row) => row.authentication_type,
    }),
    clientId: t.id({
      nullable: true,
      description: 'OAuth clients only: the same as id.',
      resolve: clientIdOf,
    }),
    secretHint: t.string({
      description: 'Enough of the key or secret to recognise it, never enough to use it.',
      resolve: (row) => row.hint,
    }),
    publicKeys: t.field({
      type: [CredentialKeyType],
      description: 'OAuth clients only; oldest first.',
      resolve: (row) => row.publicKeys,
    }),
    scopes: t.field({
      type: [Scope],
      description:
        'What it opens, from the next request on. A token has the scopes that it was issued with at most.',
      resolve: (row) => inCatalogueOrder(row.scopes),
    }),
    status: t.field({
      type: CredentialStatusEnum,
      description: 'Read for every request: what changes it counts at once.',
      resolve: statusOf,
    }),
    owner: t.field({
      type: AccountType,
      description: 'While this account is not active, the credential is suspended.',
      resolve: (row) => row.owner,
    }),
    createdBy: t.field({
      type: AccountType,
      description: 'Who made it. Only the state of its owner matters to it.',
      resolve: (row) => row.createdBy,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'Lists are in this order, newest first, when nothing else is asked.',
      resolve: (row) => row.created_at,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'The last change of its name, scopes, or public keys, or its end. Using it is none.',
      resolve: (row) => row.updated_at,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Written every few seconds, not on each request. Null when it was never used.',
      resolve: (row) => row.last_used_at,
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Null while it is not REVOKED.',
      resolve: (row) => row.revoked_at,
    }),
  }),
});

/** The client id of an OAuth client is its credential's id. */
export function clientIdOf(row: Pick<Credential, 'id' | 'authentication_type'>): string | null {
  return row.authentication_type === 'OAUTH2_CLIENT_CREDENTIALS' ? row.id : null;
}

function statusOf(row: Credential): CredentialStatus {
  if (row.revoked_at) return 'REVOKED';
  return row.owner.status === 'ACTIVE' ? 'ACTIVE' : 'SUSPENDED';
}

const CredentialFilterInput = builder.inputType('CredentialFilter', {
  description: 'A credential must meet all that is given.',
  fields: (t) => ({
    search: t.string({ description: 'Part of the name in any case, or a whole id or secret hint.' }),
    status: t.field({ type: [CredentialStatusEnum], description: 'Absent: those that are not revoked.' }),
    authenticationType: t.field({
      type: AuthenticationTypeEnum,
      description: 'Only API keys, or only OAuth clients.',
    }),
    scope: t.field({ type: ScopeNameEnum, description: 'Those that have it, whatever else they have.' }),
    ownerAccountId: t.id({ description: 'Those that stop when this account does.' }),
  }),
});
const CredentialOrderFieldEnum = builder.enumType('CredentialOrderField', {
  description: 'What credentials can be ordered by.',
  values: enumValues<CredentialOrderField>({
    CREATED_AT: 'When it was created.',
    NAME: 'The name in lower case, byte by byte.',
    LAST_USED_AT: 'When it was last used. Never is before all times.',
  }),
});
const CredentialOrder = builder.inputType('CredentialOrder', {
  description: 'Newest first when absent.',
  fields: (t) => ({
    field: t.field({ type: CredentialOrderFieldEnum, required: true, description: 'What the list goes by.' }),
    direction: t.field({ type: SortDirection, required: true, description: directionText }),
  }),
});

const CredentialConnection = connectionType('Credential', CredentialType, superAdmin);
const sizes = { usual: 50, most: 200 };

function filterOf(input: typeof CredentialFilterInput.$inferInput | null | undefined): CredentialFilter {
  return {
    ...(input?.search != null && { search: safeText(input.search, 'filter.search') }),
    ...(input?.status != null && { status: input.status }),
    ...(input?.authenticationType != null && { authenticationType: input.authenticationType }),
    ...(input?.scope != null && { scope: input.scope }),
    ...(input?.ownerAccountId != null && { ownerAccountId: input.ownerAccountId }),
  };
}

builder.queryFields((t) => ({
  credential: t.field({
    type: CredentialType,
    nullable: true,
    description: 'The credential of this id, also when it is revoked; null when the organisation has none.',
    authScopes: superAdmin,
    args: { id: t.arg.id({ required: true, description: 'It begins with cred_. A client id is one too.' }) },
    resolve: async (_root, { id }, context) =>
      (await findCredential(context.auth.db, organizationIdOf(context), id)) ?? null,
  }),
  credentials: t.field({
    type: CredentialConnection,
    description: 'API keys and OAuth clients of the organisation.',
    authScopes: superAdmin,
    extensions: listExtensions(sizes),
    args: {
      ...pageArguments(sizes),
      filter: t.arg({ type: CredentialFilterInput, description: 'When absent, all that are not revoked.' }),
      orderBy: t.arg({ type: CredentialOrder, description: 'CREATED_AT, DESC when absent.' }),
    },
    resolve: (_root, { filter: input, orderBy, ...page }, context) => {
      const organizationId = organizationIdOf(context);
      const { field, direction } = orderBy ?? { field: 'CREATED_AT' as const, direction: 'desc' as const };
      const filter = filterOf(input);
      return connect(context, { organizationId, list: 'credentials', order: `${field} ${direction}` }, page, {
        sizes,
        position: (credential: Credential) => credentialPosition(credential, field),
        read: (request) =>
          listCredentials(readsDb(context), organizationId, {
            filter,
            orderBy: { field, direction },
            page: request,
          }),
        count: () => countCredentials(readsDb(context), organizationId, filter),
      });
    },
  }),
}));
