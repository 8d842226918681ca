// Which credential was created with which idempotency key, so that a creation can be sent again without a second one.

import { type Kysely, sql } from 'kysely';

const statements = [
  // A key is claimed before what it creates is there, so the reference is looked at when the transaction ends. The
  // primary key decides between requests at the same moment, on however many instances.
  `create table idempotency_keys (
    organization_id text collate "C" not null,
    account_id text collate "C" not null,
    key_hash text collate "C" not null,
    input_digest text collate "C" not null,
    credential_id text collate "C" not null,
    primary key (organization_id, account_id, key_hash),
    foreign key (organization_id, account_id) references accounts (organization_id, id),
    foreign key (organization_id, credential_id) references credentials (organization_id, id)
      deferrable initially deferred
  )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
