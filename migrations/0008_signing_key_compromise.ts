// A signing key can be refused at once, whatever any instance's clock says, and a key that is of no use any more loses
// its private half.

import { type Kysely, sql } from 'kysely';

const statements = [
  `alter table signing_keys add column compromised_at timestamptz(3)`,
  `alter table signing_keys alter column sealed_private_key drop not null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
