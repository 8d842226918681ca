// Problems with a mutation's input, as data.

import type { UserError, UserErrorCode } from '../errors.ts';
import { builder } from './builder.ts';
import { enumValues } from './enum-values.ts';

const UserErrorCodeEnum = builder.enumType('UserErrorCode', {
  description: 'What kind of problem it is.',
  values: enumValues<UserErrorCode>({
    REQUIRED: 'Missing or empty.',
    TOO_LONG: 'Longer than allowed; the message says how long it may be.',
    INVALID: 'Of a form that is not allowed, or, for signIn, not the right e-mail address and password.',
    NOT_FOUND: 'The organisation has nothing of this id, or the owner is not active.',
    TAKEN: 'In use: the e-mail address of another account, or a key or kid that the credential has.',
    AT_LEAST_ONE_SCOPE: 'The list of scopes is empty.',
    REVOKED: 'The credential is revoked, which is final.',
    NOT_PERMITTED:
      'Against a rule: the last Super Admin stays, deleting is final, service accounts do not sign in.',
    CONFLICT:
      'The idempotency key came with other input, or the credential has all the public keys it may have.',
  }),
});

export const UserErrorType = builder.objectRef<UserError>('UserError').implement({
  description: "A problem with a mutation's input.",
  authScopes: { public: true },
  fields: (t) => ({
    code: t.expose('code', { type: UserErrorCodeEnum, description: 'For programs: these stay as they are.' }),
    message: t.exposeString('message', { description: 'A whole sentence that says what to do.' }),
    field: t.exposeStringList('field', { description: 'Path into the input.' }),
  }),
});

/** The `userErrors` of a payload whose source is an Outcome. */
export const userErrorsField = {
  type: [UserErrorType] as [typeof UserErrorType],
  description: 'Empty when it was done; otherwise nothing was changed.',
  resolve: ({ userErrors }: { userErrors?: UserError[] }) => userErrors ?? [],
};
