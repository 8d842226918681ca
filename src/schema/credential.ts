// Credentials, as Super Admins read them. credential-changes.ts has what they do to them.

import {
  type CredentialFilter,
  countCredentials,
  credentialPosition,
  listCredentials,
} from '../db/credential-list.ts';
import { type Credential, type CredentialKey, findCredential } from '../db/credentials.ts';
import { authenticationTypes } from '../db/tables.ts';
import { inCatalogueOrder } from '../scopes.ts';
import { AccountType } from './account.ts';
import { builder } from './builder.ts';
import { organizationIdOf } from './context.ts';
import { safeText } from './input.ts';
import { connect, connectionType, listExtensions } from './page.ts';
import { Scope, ScopeNameEnum } from './scope.ts';
import { SortDirection } from './sort-direction.ts';

const superAdmin = { superAdmin: true };

export const AuthenticationType = builder.enumType('AuthenticationType', { values: authenticationTypes });
const CredentialStatus = builder.enumType('CredentialStatus', {
  values: {
    ACTIVE: {},
    SUSPENDED: { description: 'Its owner is deactivated or deleted.' },
    REVOKED: { description: 'For good.' },
  } as const,
});

const CredentialKeyType = builder.objectRef<CredentialKey>('CredentialKey').implement({
  description: 'A public key by which an OAuth client authenticates (private_key_jwt, RFC 7523).',
  authScopes: superAdmin,
  fields: (t) => ({
    kid: t.exposeString('kid', { description: 'How the header of an assertion may name it.' }),
    algorithm: t.exposeString('algorithm', { description: 'The one that assertions must be signed with.' }),
    thumbprint: t.exposeString('thumbprint', { description: 'RFC 7638, SHA-256, base64url.' }),
    createdAt: t.field({ type: 'DateTime', resolve: (key) => key.createdAt }),
    createdBy: t.field({ type: AccountType, resolve: (key) => key.createdBy }),
  }),
});

export const CredentialType = builder.objectRef<Credential>('Credential').implement({
  authScopes: superAdmin,
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    authenticationType: t.field({ type: AuthenticationType, resolve: (row) => row.authentication_type }),
    clientId: t.id({ nullable: true, description: 'OAuth clients only.', resolve: clientIdOf }),
    secretHint: t.string({
      description: 'Enough of the key or secret to recognise it, never enough to use it.',
      resolve: (row) => row.hint,
    }),
    publicKeys: t.field({
      type: [CredentialKeyType],
      description: 'OAuth clients only; oldest first.',
      resolve: (row) => row.publicKeys,
    }),
    scopes: t.field({ type: [Scope], resolve: (row) => inCatalogueOrder(row.scopes) }),
    status: t.field({ type: CredentialStatus, resolve: statusOf }),
    owner: t.field({ type: AccountType, resolve: (row) => row.owner }),
    createdBy: t.field({ type: AccountType, resolve: (row) => row.createdBy }),
    createdAt: t.field({ type: 'DateTime', resolve: (row) => row.created_at }),
    updatedAt: t.field({ type: 'DateTime', resolve: (row) => row.updated_at }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Written every few seconds, not on each request.',
      resolve: (row) => row.last_used_at,
    }),
    revokedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.revoked_at }),
  }),
});

/** The client id of an OAuth client is its credential's id. */
export function clientIdOf(row: Pick<Credential, 'id' | 'authentication_type'>): string | null {
  return row.authentication_type === 'OAUTH2_CLIENT_CREDENTIALS' ? row.id : null;
}

function statusOf(row: Credential): 'ACTIVE' | 'SUSPENDED' | 'REVOKED' {
  if (row.revoked_at) return 'REVOKED';
  return row.owner.status === 'ACTIVE' ? 'ACTIVE' : 'SUSPENDED';
}

const CredentialFilterInput = builder.inputType('CredentialFilter', {
  fields: (t) => ({
    search: t.string({ description: 'Part of the name in any case, or a whole id or secret hint.' }),
    status: t.field({ type: [CredentialStatus], description: 'Absent: those that are not revoked.' }),
    authenticationType: t.field({ type: AuthenticationType }),
    scope: t.field({ type: ScopeNameEnum }),
    ownerAccountId: t.id(),
  }),
});
const CredentialOrderField = builder.enumType('CredentialOrderField', {
  values: ['CREATED_AT', 'NAME', 'LAST_USED_AT'] as const,
});
const CredentialOrder = builder.inputType('CredentialOrder', {
  description: 'Newest first when absent.',
  fields: (t) => ({
    field: t.field({ type: CredentialOrderField, required: true }),
    direction: t.field({ type: SortDirection, required: true }),
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
    authScopes: superAdmin,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) =>
      (await findCredential(context.auth.db, organizationIdOf(context), id)) ?? null,
  }),
  credentials: t.field({
    type: CredentialConnection,
    authScopes: superAdmin,
    extensions: listExtensions(sizes),
    args: {
      first: t.arg.int(),
      after: t.arg.string(),
      last: t.arg.int(),
      before: t.arg.string(),
      filter: t.arg({ type: CredentialFilterInput }),
      orderBy: t.arg({ type: CredentialOrder }),
    },
    resolve: (_root, { filter: input, orderBy, ...page }, context) => {
      const organizationId = organizationIdOf(context);
      const { field, direction } = orderBy ?? { field: 'CREATED_AT' as const, direction: 'desc' as const };
      const filter = filterOf(input);
      return connect(context, { organizationId, list: 'credentials', order: `${field} ${direction}` }, page, {
        sizes,
        position: (credential: Credential) => credentialPosition(credential, field),
        read: (request) =>
          listCredentials(context.auth.db, organizationId, {
            filter,
            orderBy: { field, direction },
            page: request,
          }),
        count: () => countCredentials(context.auth.db, organizationId, filter),
      });
    },
  }),
}));
