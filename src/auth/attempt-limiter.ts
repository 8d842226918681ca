// Limiters of attempts, whose keys say where an attempt came from: in the memory of this process, or in the database for
// all instances.

import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { countAttempt, deleteCount, deleteExpiredCounts } from '../db/rate-limits.ts';
import type { Database } from '../db/tables.ts';
import { keyedDigest } from './server-keys.ts';

export interface AttemptLimit {
  /** No other limit has it. */
  readonly name: string;
  readonly attempts: number;
  readonly windowSeconds: number;
  /** How long to wait for whoever goes beyond the limit. */
  readonly blockSeconds: number;
}

export interface AttemptLimiter {
  /** Counts so many attempts. @returns milliseconds to wait when they are too many; otherwise 0. */
  count(key: string, attempts: number): Promise<number>;
  forget(key: string): Promise<void>;
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
    forget: async (key) => void (await limiter.delete(key)),
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
 * Counts in the database. Whoever is beyond the limit is refused from memory until the wait is over, and what cannot be
 * counted there is counted here.
 */
export const inDatabase =
  ({ db, digestKey, onAway }: SharedCounts): NewAttemptLimiter =>
  (limit) => {
    const insurance = inMemory(limit);
    const refused = new LRUCache<string, true>({ max: refusedAtMost });
    const digestOf = (key: string) => keyedDigest(digestKey, limit.name, key).toString('base64url');
    return {
      async count(plain, attempts) {
        const key = digestOf(plain);
        if (refused.has(key)) return Math.max(1, refused.getRemainingTTL(key));
        const counted = await countAttempt(db, { ...limit, key, points: attempts }).catch(() => undefined);
        if (!counted) {
          onAway();
          return insurance.count(key, attempts);
        }
        if (counted.points <= limit.attempts) return 0;
        const wait = Math.max(1, counted.msBeforeNext);
        refused.set(key, true, { ttl: wait });
        return wait;
      },
      async forget(plain) {
        const key = digestOf(plain);
        await Promise.all([insurance.forget(key), deleteCount(db, key).catch(onAway)]);
      },
    };
  };

const atOnce = 1_000;

/** Forgets counts whose window has ended, in short statements, on any number of instances at once. */
export async function forgetExpiredCounts(db: Database): Promise<void> {
  while ((await deleteExpiredCounts(db, atOnce)) === atOnce);
}
