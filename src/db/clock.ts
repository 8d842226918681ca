// The clock of the database, which decides for all instances when a window of requests ends.

import { sql } from 'kysely';
import type { Database } from './tables.ts';

export async function readClock(db: Database): Promise<Date> {
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::timestamptz(3) as now`.execute(db);
  return new Date(rows[0]?.now ?? '');
}
