// What a change answers: its result, or what is wrong with its input. Never both.

import type { UserError, UserErrorCode } from '../errors.ts';

export type Outcome<Value> =
  | { value: Value; userErrors?: never }
  | { value?: never; userErrors: UserError[] };

export const refuse = (
  code: UserErrorCode,
  message: string,
  ...field: string[]
): { userErrors: UserError[] } => ({
  userErrors: [{ code, message, field }],
});
