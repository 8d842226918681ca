// Look-ups gathered across requests: every id asked for in one turn of the event loop goes out in one statement.

import DataLoader from 'dataloader';
import { AppError } from '../errors.ts';

/** What is asked about: a row by its id, and perhaps more that the same statement tells of it. */
export interface Asked {
  id: string;
}

/**
 * @param read the rows of these distinct ids, in any order, without those that do not exist.
 * @param onBatch told how many asked in each turn.
 * @returns what is asked about → its row as it is now, or undefined. Nothing is cached: the next turn asks again.
 * @throws AppError SERVICE_UNAVAILABLE when the rows cannot be read: never a guess.
 */
export function batched<Key extends Asked, Row extends { id: string }>(
  read: (ids: readonly string[], asked: readonly Key[]) => Promise<Row[]>,
  onBatch: (size: number) => void = () => {},
): (asked: Key) => Promise<Row | undefined> {
  const loader = new DataLoader<Key, Row | undefined>(
    async (asked) => {
      onBatch(asked.length);
      const ids = [...new Set(asked.map(({ id }) => id))];
      const rows = await read(ids, asked).catch((cause: unknown) => {
        throw new AppError('SERVICE_UNAVAILABLE', {
          detail: 'the state of a caller could not be read',
          cause,
        });
      });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return asked.map(({ id }) => byId.get(id));
    },
    { cache: false, maxBatchSize: 500, batchScheduleFn: (dispatch) => setImmediate(dispatch) },
  );
  return (asked) => loader.load(asked);
}

/**
 * Everything asked for while one statement is under way goes into the next, so that a process never waits for locks of
 * its own and has one connection busy with it.
 * @param read the answers to these questions, in their order
 */
export function oneAtATime<Question, Answer>(
  read: (asked: readonly Question[]) => Promise<Answer[]>,
): (asked: Question) => Promise<Answer> {
  let underWay: Promise<unknown> = Promise.resolve();
  const loader = new DataLoader<Question, Answer>(
    (asked) => {
      const answers = read(asked);
      underWay = answers.catch(() => {});
      return answers;
    },
    {
      cache: false,
      batchScheduleFn: (dispatch) => void underWay.then(() => setImmediate(dispatch)),
    },
  );
  return (asked) => loader.load(asked);
}
