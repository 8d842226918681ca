// A bounded queue for expensive work: so many at once, so many waiting, and a clear refusal beyond.

import pLimit from 'p-limit';
import { AppError } from '../errors.ts';

export interface QueueStatus {
  running: number;
  waiting: number;
  /** How many were begun since the start. */
  begun: number;
}

export interface WorkQueue {
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  status(): QueueStatus;
}

/**
 * @param concurrency how many run at once: argon2 shares libuv's four threads with files and DNS.
 * @param capacity how many may wait; one more is refused with SERVICE_UNAVAILABLE.
 */
export function createWorkQueue(concurrency: number, capacity: number): WorkQueue {
  const limit = pLimit(concurrency);
  let begun = 0;
  const run: WorkQueue['run'] = async (work) => {
    if (limit.pendingCount >= capacity) {
      throw new AppError('SERVICE_UNAVAILABLE', {
        reason: 'queue_full',
        detail: 'the argon2 queue is full',
        retryAfterSeconds: 1,
      });
    }
    return limit(() => {
      begun += 1;
      return work();
    });
  };
  return { run, status: () => ({ running: limit.activeCount, waiting: limit.pendingCount, begun }) };
}
