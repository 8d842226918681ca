// What is said of a query option that cannot be used. Nothing of its value is repeated, for the sake of the log.

import { AppError } from '../../errors.ts';

/** @param what goes on from the option's name, as in "should be true or false." */
export const wrongOption = (option: string, what: string): AppError =>
  new AppError('BAD_USER_INPUT', { sentence: `${option} ${what}` });

/**
 * Points at the character that is wrong, counted from 1 as a person counts.
 * @param index of the character in `text`, in UTF-16 code units as the language counts
 * @param what is a whole clause, without a full stop
 */
export function wrongAt(option: string, text: string, index: number, what: string): AppError {
  const position = [...text.slice(0, index)].length + 1;
  const sentence = `${option} is wrong at character ${position}: ${what}.`;
  return new AppError('BAD_USER_INPUT', { sentence, position });
}
