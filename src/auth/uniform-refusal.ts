// Refusals of an authentication leave at one time after arrival, so that how long it took tells nothing about why:
// unknown, wrong, revoked, and suspended are one answer in content and in time.

import { AppError, type ErrorCode } from '../errors.ts';

/** Runs work that must tell nothing by how long it took: what comes of it is held back until `holdMs` after the start. */
export async function heldBack<Result>(holdMs: number, work: () => Promise<Result>): Promise<Result> {
  const hold = startHold(holdMs);
  try {
    return await work();
  } finally {
    await hold.over;
  }
}

const uniform: ReadonlySet<ErrorCode> = new Set(['UNAUTHENTICATED', 'INVALID_CLIENT']);

/** Runs an authentication; if it is refused, the refusal is held back, and where results are held too, what came of it. */
export type UniformRefusal = <Result>(authenticate: () => Promise<Result>) => Promise<Result>;

/** Beyond this the machine is in trouble anyhow, and open replies would add to it. */
const longestHoldMs = 1_000;
const halfLifeMs = 1_000;

/**
 * Holds refusals as long as authentications have taken lately, and half as long again: on a busy machine, too, one that
 * was refused early and one that was refused late leave at the same time.
 * @param leastMs what covers an authentication on a machine that is not busy.
 * @param holdsResults for an authentication of which also the time of a good one would tell something.
 */
export function createUniformRefusal(leastMs: number, { holdsResults = false } = {}): UniformRefusal {
  let slowest = { ms: 0, at: 0 };
  const slowestAt = (moment: number) => slowest.ms * 0.5 ** ((moment - slowest.at) / halfLifeMs);
  const notice = (startedAt: number) => {
    const at = performance.now();
    if (at - startedAt > slowestAt(at)) slowest = { ms: at - startedAt, at };
  };
  return async (authenticate) => {
    const startedAt = performance.now();
    const hold = startHold(Math.min(Math.max(leastMs, 1.5 * slowestAt(startedAt)), longestHoldMs));
    try {
      const result = await authenticate();
      notice(startedAt);
      if (holdsResults) await hold.over;
      return result;
    } catch (error) {
      if (error instanceof AppError && uniform.has(error.code)) {
        notice(startedAt);
        await hold.over;
      }
      throw error;
    } finally {
      hold.cancel();
    }
  };
}

/** To be begun before the work: a timer begun after it would be rounded to the millisecond from then on, and so tell. */
function startHold(ms: number): { over: Promise<void>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { over, cancel: () => clearTimeout(timer) };
}

/** Machine callers: covers a batched read of the database and an argon2id check. */
export const machineHoldMs = 25;
/** People signing in: covers the argon2id checks of a password in every organisation that knows the e-mail. */
export const usualSignInHoldMs = 300;
