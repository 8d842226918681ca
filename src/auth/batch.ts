// Look-ups gathered across requests: every id asked for in one turn of the event loop goes out in one statement.

import DataLoader from 'dataloader';
import { AppError } from '../errors.ts';

/**
 * @param read the rows of these distinct ids, in any order, without those that do not exist.
 * @returns one id → its row as it is now, or undefined. Nothing is cached: the next turn asks again.
 * @throws AppError SERVICE_UNAVAILABLE when the rows cannot be read: never a guess.
 */
export function batched<Row extends { id: string }>(
  read: (ids: readonly string[]) => Promise<Row[]>,
): (id: string) => Promise<Row | undefined> {
  const loader = new DataLoader<string, Row | undefined>(
    async (ids) => {
      const rows = await read([...new Set(ids)]).catch((cause: unknown) => {
        throw new AppError('SERVICE_UNAVAILABLE', {
          detail: 'the state of a caller could not be read',
          cause,
        });
      });
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id));
    },
    { cache: false, maxBatchSize: 500, batchScheduleFn: (dispatch) => setImmediate(dispatch) },
  );
  return (id) => loader.load(id);
}
