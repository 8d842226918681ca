// What a limiter's refusal is to the rest of the house.

import { type RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../errors.ts';

/** Counts `points` against a key. @throws AppError RATE_LIMITED with this sentence and the seconds to wait. */
export async function consume(
  limiter: RateLimiterMemory,
  key: string,
  points: number,
  sentence: string,
): Promise<void> {
  try {
    await limiter.consume(key, points);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const retryAfterSeconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw new AppError('RATE_LIMITED', { sentence, retryAfterSeconds });
  }
}
