// Who is calling.

import { scopesOf } from '../auth/caller-scopes.ts';
import type { Machine, Person } from '../auth/principal.ts';
import { findAccount } from '../db/accounts.ts';
import { findOrganization, type Organization } from '../db/organizations.ts';
import { AppError } from '../errors.ts';
import { AccountType } from './account.ts';
import { builder } from './builder.ts';
import { AuthenticationTypeEnum, clientIdOf } from './credential.ts';
import { Scope } from './scope.ts';

const OrganizationType = builder
  .objectRef<Pick<Organization, 'id' | 'name' | 'slug'>>('Organization')
  .implement({
    description: 'What accounts, credentials, and records belong to. Nothing leads from one to another.',
    authScopes: { public: true },
    fields: (t) => ({
      id: t.exposeID('id', { description: 'It begins with org_. The log has it as organizationId.' }),
      name: t.exposeString('name', { description: 'For people.' }),
      slug: t.exposeString('slug', {
        description: 'For signIn and the command line: lower-case letters, digits, and hyphens.',
      }),
    }),
  });

const ViewerCredential = builder.objectRef<ReturnType<typeof credentialOf>>('ViewerCredential').implement({
  description: 'What a credential may know of itself.',
  authScopes: { public: true },
  fields: (t) => ({
    id: t.exposeID('id', { description: 'What a Super Admin finds it by.' }),
    name: t.exposeString('name', { description: 'As the Super Admins call it; it may change.' }),
    authenticationType: t.field({
      type: AuthenticationTypeEnum,
      description: 'API_KEY: a key was sent. OAUTH2_CLIENT_CREDENTIALS: an access token was.',
      resolve: (row) => row.authentication_type,
    }),
    clientId: t.id({ nullable: true, description: 'Null for API keys.', resolve: clientIdOf }),
  }),
});

// Public as a type: it is only ever the caller's own.
export const Viewer = builder.objectRef<Person | Machine>('Viewer').implement({
  description: "Who is calling: the answer to 'does my key work, and what does it open?'",
  authScopes: { public: true },
  fields: (t) => ({
    organization: t.field({
      type: OrganizationType,
      description: "The caller's own, whose data is all that the caller sees.",
      resolve: async (caller, _args, { auth }) =>
        caller.kind === 'machine'
          ? organizationOf(caller)
          : present(await findOrganization(auth.db, caller.organizationId)),
    }),
    account: t.field({
      type: AccountType,
      nullable: true,
      description: 'A signed-in person; null for a key or token.',
      resolve: async (caller, _args, { auth }) =>
        caller.kind === 'person'
          ? present(await findAccount(auth.db, caller.organizationId, caller.accountId))
          : null,
    }),
    credential: t.field({
      type: ViewerCredential,
      nullable: true,
      description: 'A key or an access token; null for a person.',
      resolve: (caller) => (caller.kind === 'machine' ? credentialOf(caller) : null),
    }),
    scopes: t.field({
      type: [Scope],
      description: "What the caller may read now. A Super Admin's session may read all of the Data API.",
      resolve: (caller) => [...scopesOf(caller)],
    }),
    tokenExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the access token runs out; null for keys and sessions.',
      resolve: (caller) =>
        caller.kind === 'machine' && caller.tokenExpiresAt !== undefined
          ? new Date(caller.tokenExpiresAt * 1000).toISOString()
          : null,
    }),
  }),
});

// What the check of the caller has read already.
const organizationOf = ({ organizationId, names }: Machine) => ({
  id: organizationId,
  name: names.organization,
  slug: names.organizationSlug,
});
const credentialOf = ({ credentialId, names, authenticationType }: Machine) => ({
  id: credentialId,
  name: names.credential,
  authentication_type: authenticationType,
});

function present<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new AppError('UNAUTHENTICATED', { detail: 'the caller went away meanwhile' });
  return row;
}

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    description: 'Who is calling, and what the caller may read.',
    authScopes: { authenticated: true },
    resolve: (_root, _args, { principal }) => present(principal.kind === 'anonymous' ? undefined : principal),
  }),
);
