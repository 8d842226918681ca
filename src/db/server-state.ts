// Small facts about the deployment as a whole, by name; and the lock under which a first start is arranged.

import { sql } from 'kysely';
import type { Database, Transaction } from './tables.ts';

export async function readServerState(db: Database, name: string): Promise<unknown> {
  const row = await db.selectFrom('server_state').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

export async function writeServerState(db: Database, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await db
    .insertInto('server_state')
    .values({ name, value: text })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: text }))
    .execute();
}

export async function deleteServerState(db: Database, name: string): Promise<void> {
  await db.deleteFrom('server_state').where('name', '=', name).execute();
}

const startLock = 7_210_001;

/** Makes instances that start at the same moment arrange the first start one after the other. */
export async function holdStartLock(tx: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(${startLock})`.execute(tx);
}
