// Counts of requests and attempts that all instances share, each until its window ends.

import { type Kysely, sql } from 'kysely';

const statements = [
  // Unlogged: a count is worth less than the flush to disk that it would wait for. A crash of PostgreSQL empties the
  // table, so that windows begin anew. Half of a page stays free for the next versions of its rows.
  `create unlogged table rate_limits (
    key text collate "C" primary key,
    points integer not null,
    expires_at timestamptz(3) not null
  ) with (fillfactor = 50)`,
  `create index rate_limits_by_end on rate_limits (expires_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
