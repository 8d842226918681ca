// Limiters of attempts, whose keys say where an attempt came from: in the memory of this process, or in the database for
// all instances.

import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import {
  type AttemptCount,
  type AttemptPolicy,
  countAttempts,
  deleteExpiredCounts,
  giveBackAttempt,
} from '../db/rate-limits.ts';
import type { Database } from '../db/tables.ts';
import { oneAtATime } from './batch.ts';
import { keyedDigest } from './server-keys.ts';

export interface AttemptLimit extends AttemptPolicy {
  /** No other limit has it. */
  readonly name: string;
}

export interface AttemptLimiter {
  /** Counts so many attempts. @returns milliseconds to wait when they are too many; otherwise 0. */
  count(key: string, attempts: number): Promise<number>;
  /** Takes one attempt off the count of the window, if that has not ended. */
  giveBack(key: string): Promise<void>;
}

export type NewAttemptLimiter = (limit: AttemptLimit) => AttemptLimiter;

export const inMemory: NewAttemptLimiter = ({ attempts, windowSeconds, blockSeconds }) => {
  const limiter = new RateLimiterMemory({
    points: attempts,
    duration: windowSeconds,
    blockDuration: blockSeconds,
  });
  return {
    async count(key, attempts) {
      const refusal = await limiter.consume(key, attempts).then(
        () => undefined,
        (refused: unknown) => refused,
      );
      if (refusal === undefined) return 0;
      if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
      throw refusal;
    },
    async giveBack(key) {
      if (((await limiter.get(key))?.consumedPoints ?? 0) > 0) await limiter.reward(key);
    },
  };
};

export interface SharedCounts {
  db: Database;
  /** Keys are stored as digests under it: they hold addresses, and whatever was typed as an e-mail address. */
  digestKey: Buffer;
  /** Told of each attempt that the memory of this process counted instead. */
  onAway: () => void;
}

const refusedAtMost = 10_000;

/**
 * Counts in the database, in one statement for all that wait: however fast somebody guesses, the guesses of a limit take one
 * connection. Whoever is beyond the limit is refused from memory until the wait is over, and what cannot be counted
 * there is counted here.
 */
export const inDatabase =
  ({ db, digestKey, onAway }: SharedCounts): NewAttemptLimiter =>
  (limit) => {
    const insurance = inMemory(limit);
    const refused = new LRUCache<string, true>({ max: refusedAtMost });
    const countTogether = oneAtATime((counts: readonly Count[]) => counted(db, counts, limit));
    const digestOf = (key: string) => keyedDigest(digestKey, limit.name, key).toString('base64url');
    return {
      async count(plain, attempts) {
        const key = digestOf(plain);
        if (refused.has(key)) return Math.max(1, refused.getRemainingTTL(key));
        const found = await countTogether({ key, points: attempts }).catch(() => undefined);
        if (!found) {
          onAway();
          return insurance.count(key, attempts);
        }
        if (found.points <= limit.attempts) return 0;
        const wait = Math.max(1, found.msBeforeNext);
        refused.set(key, true, { ttl: wait });
        return wait;
      },
      async giveBack(plain) {
        const key = digestOf(plain);
        await giveBackAttempt(db, key).catch(() => insurance.giveBack(key));
      },
    };
  };

interface Count {
  key: string;
  points: number;
}

/** For each count, in their order, what it found, as if they had come one by one. */
async function counted(
  db: Database,
  counts: readonly Count[],
  limit: AttemptLimit,
): Promise<(AttemptCount | undefined)[]> {
  const sums = new Map<string, number>();
  for (const { key, points } of counts) sums.set(key, (sums.get(key) ?? 0) + points);
  const asked = [...sums].map(([key, points]) => ({ key, points }));
  const rows = await countAttempts(db, asked, limit);
  const found = new Map(
    rows.map((row) => [row.key, { ...row, points: row.points - (sums.get(row.key) ?? 0) }]),
  );
  return counts.map(({ key, points }) => {
    const count = found.get(key);
    if (!count) return undefined;
    count.points += points;
    return { ...count };
  });
}

const atOnce = 1_000;

/** Forgets counts whose window has ended, in short statements, on any number of instances at once. */
export async function forgetExpiredCounts(db: Database): Promise<void> {
  while ((await deleteExpiredCounts(db, atOnce)) === atOnce);
}
