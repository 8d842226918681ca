// Who is calling, and people signing in and out and changing their passwords.

import { scopesOf } from '../auth/caller-scopes.ts';
import { type Outcome, refuse } from '../auth/outcome.ts';
import { changePassword } from '../auth/password-changes.ts';
import type { Machine, Person } from '../auth/principal.ts';
import { signIn, signOut } from '../auth/sessions.ts';
import { findAccount } from '../db/accounts.ts';
import { findOrganization, type Organization } from '../db/organizations.ts';
import { AppError } from '../errors.ts';
import { AccountType } from './account.ts';
import { builder } from './builder.ts';
import { type Context, personOf } from './context.ts';
import { AuthenticationTypeEnum, clientIdOf } from './credential.ts';
import { enumValues } from './enum-values.ts';
import { Scope } from './scope.ts';
import { endedSessionCookie, sessionCookie } from './session-cookie.ts';
import { UserErrorType, userErrorsField } from './user-error.ts';

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
const Viewer = builder.objectRef<Person | Machine>('Viewer').implement({
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

const SessionTransport = builder.enumType('SessionTransport', {
  description: 'How the session travels.',
  values: enumValues<'COOKIE' | 'BEARER'>({
    COOKIE: 'In a cookie that only the browser sees: for pages of this server.',
    BEARER: 'In sessionToken, for the header Authorization: for programs.',
  }),
});
const SignInInput = builder.inputType('SignInInput', {
  description: 'Who signs in, and how.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'In any case.' }),
    password: t.string({ required: true, description: 'As the account has it, case and blanks included.' }),
    transport: t.field({
      type: SessionTransport,
      defaultValue: 'COOKIE',
      description: 'How the session is to travel.',
    }),
    organization: t.string({
      description: "The organisation's slug: for an e-mail address that is known in several.",
    }),
  }),
});

interface SignedIn {
  sessionToken: string | null;
  expiresAt: string;
  person: Person;
}
const SignInPayload = builder.objectRef<Outcome<SignedIn>>('SignInPayload').implement({
  description:
    'sessionToken only with BEARER; with COOKIE it travels in an HttpOnly, SameSite=Strict cookie alone.',
  authScopes: { public: true },
  fields: (t) => ({
    sessionToken: t.string({
      nullable: true,
      description: 'It begins with lk_ses_, and goes into the header Authorization, after Bearer.',
      resolve: ({ value }) => value?.sessionToken ?? null,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the session ends by itself, 12 hours after it began. Null when refused.',
      resolve: ({ value }) => value?.expiresAt ?? null,
    }),
    viewer: t.field({
      type: Viewer,
      nullable: true,
      description: 'Who is signed in from now on. Null when refused.',
      resolve: ({ value }) => value?.person ?? null,
    }),
    userErrors: t.field(userErrorsField),
  }),
});
const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  description: 'The old password and the new one.',
  fields: (t) => ({
    currentPassword: t.string({
      required: true,
      description: 'A session alone is not enough. A wrong one is INVALID.',
    }),
    newPassword: t.string({ required: true, description: '12 to 256 characters.' }),
  }),
});
const ChangePasswordPayload = builder.objectRef<Outcome<unknown>>('ChangePasswordPayload').implement({
  description: 'That it is done, or why it is not.',
  authScopes: { public: true },
  fields: (t) => ({ userErrors: t.field(userErrorsField) }),
});
const SignOutPayload = builder.objectRef<Record<string, never>>('SignOutPayload').implement({
  description: 'That it is done.',
  authScopes: { public: true },
  fields: (t) => ({
    userErrors: t.field({ type: [UserErrorType], description: 'Always empty.', resolve: () => [] }),
  }),
});

/** A wrong password is a problem of the input, and is told as one. */
function wrongPassword({ noteProblem }: Context, error: unknown, sentence: string, ...field: string[]) {
  if (!(error instanceof AppError && error.code === 'UNAUTHENTICATED')) throw error;
  noteProblem(error);
  return refuse('INVALID', sentence, ...field);
}

builder.mutationFields((t) => ({
  signIn: t.field({
    type: SignInPayload,
    description:
      'Begins a session. A wrong e-mail address or password is INVALID in userErrors, and too many of them are the error RATE_LIMITED for a while. At most one in a document.',
    authScopes: { public: true },
    extensions: { latchkey: { oncePerDocument: true } },
    args: { input: t.arg({ type: SignInInput, required: true }) },
    resolve: async (_root, { input }, context): Promise<Outcome<SignedIn>> => {
      const { auth, origin, replyHeaders } = context;
      const { email, password, organization } = input;
      const given = { email, password, organization: organization ?? undefined };
      const started = await signIn(auth, origin, given).catch((error: unknown) =>
        wrongPassword(context, error, 'The e-mail address or the password is wrong.', 'input'),
      );
      if ('userErrors' in started) return started;
      const { token, expiresAt, person } = started;
      const bearer = input.transport === 'BEARER';
      if (!bearer) replyHeaders['Set-Cookie'] = sessionCookie(auth.issuer, token, expiresAt);
      return { value: { sessionToken: bearer ? token : null, expiresAt: expiresAt.toISOString(), person } };
    },
  }),
  changePassword: t.field({
    type: ChangePasswordPayload,
    description:
      'Changes the password of the signed-in person, whose other sessions end. Wrong ones count as attempts to sign in. At most one in a document. A key or token has no password.',
    authScopes: { authenticated: true },
    extensions: { latchkey: { oncePerDocument: true } },
    args: { input: t.arg({ type: ChangePasswordInput, required: true }) },
    resolve: async (_root, { input }, context) =>
      changePassword(context.auth, context.origin, personOf(context), input).catch((error: unknown) =>
        wrongPassword(
          context,
          error,
          'This is not your current password. Type it again.',
          'input',
          'currentPassword',
        ),
      ),
  }),
  signOut: t.field({
    type: SignOutPayload,
    description:
      'Ends the session that the caller presents. A key or token has none: revoke its credential instead.',
    authScopes: { authenticated: true },
    resolve: async (_root, _args, context) => {
      await signOut(context.auth, context.origin, personOf(context));
      context.replyHeaders['Set-Cookie'] = endedSessionCookie(context.auth.issuer);
      return {};
    },
  }),
}));
