// Problems with a mutation's input, as data.

import { type UserError, userErrorCodes } from '../errors.ts';
import { builder } from './builder.ts';

const UserErrorCode = builder.enumType('UserErrorCode', { values: userErrorCodes });

export const UserErrorType = builder.objectRef<UserError>('UserError').implement({
  authScopes: { public: true },
  fields: (t) => ({
    code: t.expose('code', { type: UserErrorCode }),
    message: t.exposeString('message', { description: 'A whole sentence that says what to do.' }),
    field: t.exposeStringList('field', { description: 'Path into the input.' }),
  }),
});
