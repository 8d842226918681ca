// Free text from outside that goes into a query: bounded, and without what Postgres refuses or alters.

import { AppError } from '../errors.ts';

const longest = 200;

/** @throws AppError BAD_USER_INPUT for text that is too long, has a NUL, or is not well-formed Unicode. */
export function safeText(text: string, field: string): string {
  if (text.length <= longest && text.isWellFormed() && !text.includes('\0')) return text;
  const sentence = `Give ${field} as text of at most ${longest} ordinary characters.`;
  throw new AppError('BAD_USER_INPUT', { sentence });
}
