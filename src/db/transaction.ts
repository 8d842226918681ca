// Transactions that are begun again when the database ends them in favour of another.

import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Transaction } from './tables.ts';

const attempts = 4;
/** Before the second attempt, at most; it doubles. */
const firstPauseMs = 20;

/** Serialisation failures and deadlocks: the whole transaction was taken back. */
const lostToAnother = (error: unknown): boolean =>
  /^(?:40001|40P01)$/.test(String((error as { code?: unknown } | undefined)?.code));

/**
 * Runs `work` in a transaction, and once more from its beginning when that is lost to another, a few times. So what `work`
 * does outside of the database it must be able to do again.
 */
export async function inTransaction<Result>(
  db: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === attempts || !lostToAnother(error)) throw error;
      await pause(Math.random() * firstPauseMs * 2 ** (attempt - 1));
    }
  }
}
