// Look-ups gathered across requests: every id asked for in one turn of the event loop, or while the last statement is
// under way, goes out in one statement. The busier the server, the more of them one statement answers.

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
  return oneAtATime<Key, Row | undefined>(async (asked) => {
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
  }, longestWaitMs);
}

/** Nobody waits longer for what somebody else asked for. */
const longestWaitMs = 5;

/**
 * Everything asked for in one turn of the event loop, or while one statement is under way, goes into the next statement.
 * @param read the answers to these questions, in their order
 * @param waitMs after this long the next one begins, although the last is still under way; absent: never
 */
export function oneAtATime<Question, Answer>(
  read: (asked: readonly Question[]) => Promise<Answer[]>,
  waitMs?: number,
): (asked: Question) => Promise<Answer> {
  let underWay: Promise<unknown> | undefined;
  const run = async (asked: readonly Question[]) => {
    const answers = read(asked);
    underWay = answers;
    try {
      return await answers;
    } finally {
      if (underWay === answers) underWay = undefined;
    }
  };
  const schedule = (dispatch: () => void) => {
    if (underWay === undefined) setImmediate(dispatch);
    else Promise.race([underWay, ...(waitMs === undefined ? [] : [sleep(waitMs)])]).then(dispatch, dispatch);
  };
  const loader = new DataLoader(run, { cache: false, maxBatchSize: 500, batchScheduleFn: schedule });
  return (asked) => loader.load(asked);
}
