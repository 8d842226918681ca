// Public keys by which OAuth clients authenticate without a shared secret, and the assertions that they have used.

import { type Kysely, sql } from 'kysely';

const statements = [
  `create table credential_keys (
    organization_id text collate "C" not null,
    credential_id text collate "C" not null,
    kid text collate "C" not null check (length(kid) between 1 and 100),
    algorithm text not null,
    thumbprint text collate "C" not null,
    public_jwk jsonb not null,
    created_by_account_id text collate "C" not null,
    created_at timestamptz(3) not null,
    primary key (organization_id, credential_id, kid),
    foreign key (organization_id, credential_id) references credentials (organization_id, id),
    foreign key (organization_id, created_by_account_id) references accounts (organization_id, id),
    constraint each_key_once unique (organization_id, credential_id, thumbprint),
    constraint public_half_alone check
      (not jsonb_exists_any(public_jwk, array['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']))
  )`,

  // The primary key is what makes an assertion good once, on however many instances it arrives at the same moment.
  `create table used_assertions (
    organization_id text collate "C" not null,
    credential_id text collate "C" not null,
    jti_hash text collate "C" not null,
    expires_at timestamptz(3) not null,
    primary key (organization_id, credential_id, jti_hash),
    foreign key (organization_id, credential_id) references credentials (organization_id, id)
  )`,
  `create index used_assertions_by_expiry on used_assertions (expires_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
