// How much a statement may give to this process, and a list or a reply to its client: what has no bound can take all of
// the memory, and with it everybody's requests.

import { AppError } from '../errors.ts';

const mebibytes = 32;
/** In bytes: half as much again as a thousand records of the longest messages that the product has. */
export const longestResult = mebibytes * 1024 * 1024;

/** Thrown for what is longer. */
export class ResultTooLongError extends AppError {
  constructor() {
    super('QUERY_TOO_COMPLEX', {
      sentence: `What is asked for is longer than ${mebibytes} MB. Ask for fewer records or fields at a time; an export gives any number.`,
    });
  }
}
