// People sign in and out, and change their passwords.

import { type Outcome, refuse } from '../auth/outcome.ts';
import { changePassword } from '../auth/password-changes.ts';
import type { Person } from '../auth/principal.ts';
import { endedSessionCookie, sessionCookie } from '../auth/session-cookie.ts';
import { signIn, signOut } from '../auth/sessions.ts';
import { AppError } from '../errors.ts';
import { builder } from './builder.ts';
import { type Context, personOf } from './context.ts';
import { enumValues } from './enum-values.ts';
import { UserErrorType, userErrorsField } from './user-error.ts';
import { Viewer } from './viewer.ts';

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
      context.noteProven(person);
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
