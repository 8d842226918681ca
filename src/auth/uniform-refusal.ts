// Refusals of an authentication leave at one fixed time after arrival, so that how long it took tells nothing about
// why: unknown, wrong, revoked, and suspended are one answer in content and in time.

import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type ErrorCode } from '../errors.ts';

/** Runs work that must tell nothing by how long it took: what comes of it is held back until `holdMs` after the start. */
export async function heldBack<Result>(holdMs: number, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    await sleep(Math.max(0, startedAt + holdMs - performance.now()));
  }
}

const uniform: ReadonlySet<ErrorCode> = new Set(['UNAUTHENTICATED', 'INVALID_CLIENT']);

/** Runs an authentication; if it is refused, the refusal is held back until `holdMs` after the start. */
export async function refusedUniformly<Result>(
  holdMs: number,
  authenticate: () => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  try {
    return await authenticate();
  } catch (error) {
    if (error instanceof AppError && uniform.has(error.code)) {
      await sleep(Math.max(0, startedAt + holdMs - performance.now()));
    }
    throw error;
  }
}

/** Machine callers: covers a batched read of the database and an argon2id check. */
export const machineHoldMs = 25;
/** People signing in: covers the argon2id checks of a password in every organisation that knows the e-mail. */
export const signInHoldMs = 300;
