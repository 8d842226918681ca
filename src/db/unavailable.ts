// Tells a database that cannot answer from an error of ours: the first is 503 and worth a retry, the second is not.

import { AppError } from '../errors.ts';
import { ResultTooLongError } from './result-size.ts';

// SQLSTATE classes and codes: connection exceptions, refused logins, a database that is missing or takes no connections,
// insufficient resources, operator intervention (shutdown, statement timeout), a read-only server after a failover, and
// lock or serialisation failures.
const sqlStates = /^(?:08...|28...|3D000|53...|55000|57...|25006|40001|40P01|55P03)$/;
const systemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'ENOSPC',
]);
const driverMessages =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout|Cannot use a pool after|PGlite is closed|driver has already been destroyed/i;

/** Whether a failure means that the database could not be asked, or could not finish, at this moment. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && (sqlStates.test(code) || systemCodes.has(code))) return true;
  return driverMessages.test(error.message);
}

/** Whether there was no room to write: SQLSTATE disk_full, or what the file system says to this process. */
export const isDiskFull = (error: unknown): boolean =>
  /^(?:53100|ENOSPC)$/.test(String((error as { code?: unknown } | undefined)?.code));

/** Whether the server is there and does not let us in: the user, the password, or the database of the URL is wrong. */
export const isRefusedLogin = (error: unknown): boolean =>
  /^(?:28...|3D000)$/.test(String((error as { code?: unknown } | undefined)?.code));

/** SQLSTATE of a text that is longer than PostgreSQL can make. */
const limitExceeded = '54000';
/** SQLSTATE of a statement that ran into its time limit. */
const queryCanceled = '57014';
const slowSentence =
  'This took longer than one request may. Ask for less at a time (fewer records, a narrower filter, or an order by id or by a time), or try again later.';

/** Any error as the one that may cross to the outside. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if ((error as { code?: unknown } | undefined)?.code === limitExceeded) return new ResultTooLongError();
  const code = isDatabaseUnavailable(error) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL';
  const detail = error instanceof Error ? error.message : String(error);
  const isSlow = (error as { code?: unknown } | undefined)?.code === queryCanceled;
  return new AppError(code, { detail, cause: error, ...(isSlow && { sentence: slowSentence }) });
}
