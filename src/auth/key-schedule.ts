// Looks after the signing keys for as long as the server runs. Instances look at moments of their own, so that they
// seldom meet; what goes wrong is logged and tried again, and never ends the process.

import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../db/tables.ts';
import type { Log } from '../log.ts';
import { type KeyPolicy, keepSigningKeys } from './key-rotation.ts';
import type { ServerKeys } from './server-keys.ts';
import { checkSigningKeys } from './signing-keys.ts';

export interface KeySchedule {
  /** Ends it; what is under way is finished first. */
  stop(): Promise<void>;
}

export interface KeyScheduleOptions {
  db: Database;
  keys: ServerKeys;
  policy: KeyPolicy;
  now: () => Date;
  log: Log;
  /** Milliseconds between two looks, on average, and after one that failed. */
  pauses?: { regular: number; afterFailure: number };
}

const hourly = { regular: 3_600_000, afterFailure: 60_000 };

/** Looks at once, and then again and again. */
export function startKeySchedule(options: KeyScheduleOptions): KeySchedule {
  const { regular, afterFailure } = options.pauses ?? hourly;
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      const average = (await look(options)) ? regular : afterFailure;
      const ms = average * (0.5 + Math.random());
      await pause(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** @returns whether everything is in order. */
async function look({ db, keys, policy, now, log }: KeyScheduleOptions): Promise<boolean> {
  try {
    const { rotation, erased, resealed } = await keepSigningKeys(db, keys, policy, now());
    if (rotation) log.info(rotation, 'signing key published: it signs from signsFrom on');
    if (erased.length > 0) log.info({ kids: erased }, 'private halves of retired signing keys erased');
    if (resealed.length > 0) log.info({ kids: resealed }, 'signing keys sealed under the new master key');
    await checkSigningKeys(db, keys, now());
    return true;
  } catch (err) {
    log.error({ err }, 'signing keys could not be looked after; this is tried again');
    return false;
  }
}
