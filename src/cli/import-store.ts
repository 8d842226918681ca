// Writes batches of an import. A record that the check let pass and the database refuses all the same is found by halving
// its batch, so that it keeps no other record out.

import type { DataRecord } from '../db/data/records.ts';
import type { DataResource } from '../db/data/resources.ts';
import { type Upserted, upsertRecords } from '../db/data/upsert.ts';
import type { Database } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';

/** Writes checked records, or only pretends to. When it throws, none of them has been written. */
export type Store = (resource: DataResource, records: readonly DataRecord[]) => Promise<Upserted>;

/** @param now the stamp of records that bring none */
export const storeIn =
  (db: Database, organizationId: string, now: Date): Store =>
  (resource, records) =>
    inTransaction(db, (tx) => upsertRecords(tx, organizationId, resource, records, now));

export const nothingStored = (): Upserted => ({ inserted: 0, updated: 0, unchanged: 0 });

interface Halving<Item> {
  store(items: readonly Item[]): Promise<Upserted>;
  /** Told of each item that the database does not take, and by which SQLSTATE. */
  refused(item: Item, sqlState: string): void;
}

/**
 * Stores the items, in their order, but for those that the database refuses for what they hold.
 * @throws what storing throws for any other reason; some of the items may have been stored by then
 */
export async function storeAllBut<Item>(items: readonly Item[], halving: Halving<Item>): Promise<Upserted> {
  try {
    return await halving.store(items);
  } catch (error) {
    const sqlState = dataErrorOf(error);
    if (sqlState === undefined) throw error;
    const [item] = items;
    if (item !== undefined && items.length === 1) {
      halving.refused(item, sqlState);
      return nothingStored();
    }
  }
  const middle = Math.ceil(items.length / 2);
  const first = await storeAllBut(items.slice(0, middle), halving);
  return sumOf(first, await storeAllBut(items.slice(middle), halving));
}

/** Data exceptions, and limits of the database that data can exceed. */
const dataErrors = /^(?:22|54)...$/;

function dataErrorOf(error: unknown): string | undefined {
  const code = String((error as { code?: unknown } | undefined)?.code);
  return dataErrors.test(code) ? code : undefined;
}

const sumOf = (a: Upserted, b: Upserted): Upserted => ({
  inserted: a.inserted + b.inserted,
  updated: a.updated + b.updated,
  unchanged: a.unchanged + b.unchanged,
});
