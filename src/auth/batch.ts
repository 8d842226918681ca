// Look-ups gathered across requests: every id asked for in one turn of the event loop, or while the last statement is
// under way, goes out in one statement. The busier the server, the more of them a statement answers.

import { setTimeout as sleep } from 'node:timers/promises';
import DataLoader from 'dataloader';
import { AppError } from '../errors.ts';

/** What is asked about: a row by its id, and perhaps more that the same statement tells of it. */
export interface Asked {
  id: string;
}

/**
 * @param read the rows of these distinct ids, in any order, without those that do not exist.
 * @param onBatch told how many asked at a time.
 * @returns what is asked about → its row as it is now, or undefined. Nothing is cached: the row is read after it was asked for.
 * @throws AppError SERVICE_UNAVAILABLE when the rows cannot be read: never a guess.
 */
export function batched<Key extends Asked, Row extends { id: string }>(
  read: (ids: readonly string[], asked: readonly Key[]) => Promise<Row[]>,
  onBatch: (size: number) => void = () => {},
): (asked: Key) => Promise<Row | undefined> {
  const turns = new Turns();
  const loader = new DataLoader<Key, Row | undefined>(
    async (asked) => {
      onBatch(asked.length);
      const ids = [...new Set(asked.map(({ id }) => id))];
      const rows = await turns.take(read(ids, asked)).catch((cause: unknown) => {
        throw new AppError('SERVICE_UNAVAILABLE', {
          detail: 'the state of a caller could not be read',
          cause,
        });
      });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return asked.map(({ id }) => byId.get(id));
    },
    { cache: false, maxBatchSize: 500, batchScheduleFn: (dispatch) => turns.next(dispatch) },
  );
  return (asked) => loader.load(asked);
}

/** Nobody waits longer for what somebody else asked for. */
const longestWaitMs = 5;

/** One piece of work after another, unless one takes long. */
class Turns {
  #underWay: Promise<unknown> | undefined;

  async take<Result>(work: Promise<Result>): Promise<Result> {
    this.#underWay = work;
    try {
      return await work;
    } finally {
      if (this.#underWay === work) this.#underWay = undefined;
    }
  }

  next(begin: () => void): void {
    if (this.#underWay === undefined) setImmediate(begin);
    else Promise.race([this.#underWay, sleep(longestWaitMs)]).then(begin, begin);
  }
}
