// A standby answers as of a moment ago, and knows nothing of what was revoked since. So it is not asked: it is a database that
// cannot answer yet, until it is promoted or the address of the primary is right.

import { sql } from 'kysely';
import type { Database } from './tables.ts';

/** The server that was reached is a standby. The message is a whole sentence for the person who started the program. */
export class StandbyError extends Error {
  /** SQLSTATE read_only_sql_transaction: so that it is waited for, as a database that cannot answer is. */
  readonly code = '25006';

  constructor() {
    super(
      'The database is a standby, which may not know yet of what was revoked, so it is not asked. ' +
        'Promote it, or let DATABASE_URL name the primary.',
    );
    this.name = 'StandbyError';
  }
}

/** What to ask on each new connection. */
export const standbyQuestion = 'select pg_is_in_recovery() as "isStandby"';

/** @throws StandbyError when that was answered with yes. */
export function refuseStandby({ rows: [row] }: { rows: { isStandby: boolean }[] }): void {
  if (row?.isStandby) throw new StandbyError();
}

/**
 * Asks once more, for where a pooler in between has connections of its own, which it may lead elsewhere.
 * @throws StandbyError
 */
export async function checkPrimary(db: Database): Promise<void> {
  refuseStandby(await sql.raw<{ isStandby: boolean }>(standbyQuestion).execute(db));
}
