// How many may wait for a connection. Beyond it nobody is made to wait for what would be refused in the end.

import { AppError } from '../errors.ts';

/** For each connection a hundred: what is quick is through in a tenth of a second. */
export const waitingAtMost = (connections: number): number => 100 * connections;

/** What whoever comes beyond them is told. */
export const queueFull = (waiting: number): AppError =>
  new AppError('SERVICE_UNAVAILABLE', {
    reason: 'queue_full',
    detail: `${waiting} wait for a connection to the database`,
    retryAfterSeconds: 1,
  });

/** @throws AppError SERVICE_UNAVAILABLE when as many wait as may. */
export function refuseWhenFull(waiting: number, connections: number): void {
  if (waiting >= waitingAtMost(connections)) throw queueFull(waiting);
}
