// What a limiter's refusal is to the rest of the house.

import { AppError } from '../errors.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';

/** Counts attempts against a key. @throws AppError RATE_LIMITED with this sentence and the seconds to wait. */
export async function consume(
  limiter: AttemptLimiter,
  key: string,
  attempts: number,
  sentence: string,
): Promise<void> {
  const waitMs = await limiter.count(key, attempts);
  if (waitMs === 0) return;
  throw new AppError('RATE_LIMITED', { sentence, retryAfterSeconds: Math.ceil(waitMs / 1000) });
}
