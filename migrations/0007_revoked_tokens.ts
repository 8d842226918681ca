// Single access tokens that were revoked before they ran out, until they have run out; and a credential as the one who
// acts, for the audit trail: a client revokes a token of its own.

import { type Kysely, sql } from 'kysely';

const statements = [
  `create table revoked_tokens (
    organization_id text collate "C" not null references organizations (id),
    jti text collate "C" not null,
    expires_at timestamptz(3) not null,
    primary key (organization_id, jti)
  )`,
  // A token names its client and no organisation, so it is looked for by its jti alone: 166 random bits.
  `create index revoked_tokens_by_jti on revoked_tokens (jti)`,
  `create index revoked_tokens_by_end on revoked_tokens (expires_at)`,

  // Every row kept the narrower rule: reading them all again, behind a lock, would prove nothing.
  `alter table audit_events drop constraint audit_events_actor_kind_check`,
  `alter table audit_events add constraint audit_events_actor_kind_check
    check (actor_kind in ('PERSON', 'COMMAND_LINE', 'ANONYMOUS', 'CREDENTIAL')) not valid`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
