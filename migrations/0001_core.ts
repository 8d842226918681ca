// Organisations, accounts, credentials and their secrets, sessions, audit events, signing keys, and server state.
// Every tenant table has organization_id first in its primary key; text compares bytewise; instants keep milliseconds.

import { type Kysely, sql } from 'kysely';

const statements = [
  `create table organizations (
    id text collate "C" primary key,
    name text not null,
    slug text collate "C" not null unique,
    status text not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED')),
    created_at timestamptz(3) not null
  )`,

  `create table accounts (
    organization_id text collate "C" not null references organizations (id),
    id text collate "C" not null unique,
    kind text not null check (kind in ('PERSON', 'SERVICE_ACCOUNT')),
    role text not null check (role in ('SUPER_ADMIN', 'MEMBER')),
    status text not null default 'ACTIVE' check (status in ('ACTIVE', 'DEACTIVATED', 'DELETED')),
    name text not null check (name <> ''),
    email text,
    email_key text collate "C",
    password_hash text,
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null,
    primary key (organization_id, id),
    constraint people_have_email check ((kind = 'PERSON') = (email_key is not null)),
    constraint only_people_sign_in check (kind = 'PERSON' or (password_hash is null and role = 'MEMBER'))
  )`,
  `create unique index accounts_email on accounts (organization_id, email_key) where status <> 'DELETED'`,
  `create index accounts_sign_in on accounts (email_key) where status <> 'DELETED'`,
  `create index accounts_by_age on accounts (organization_id, created_at, id)`,

  // The client id of an OAuth client is its credential's id, so this one unique index keeps both unique.
  `create table credentials (
    organization_id text collate "C" not null references organizations (id),
    id text collate "C" not null unique,
    name text not null check (name <> ''),
    name_key text collate "C" not null,
    authentication_type text not null check (authentication_type in ('OAUTH2_CLIENT_CREDENTIALS', 'API_KEY')),
    scopes text[] not null,
    owner_account_id text collate "C" not null,
    created_by_account_id text collate "C" not null,
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null,
    last_used_at timestamptz(3),
    revoked_at timestamptz(3),
    primary key (organization_id, id),
    foreign key (organization_id, owner_account_id) references accounts (organization_id, id),
    foreign key (organization_id, created_by_account_id) references accounts (organization_id, id),
    constraint at_least_one_scope check (cardinality(scopes) >= 1 and array_position(scopes, null) is null)
  )`,
  `create index credentials_by_age on credentials (organization_id, created_at, id)`,
  `create index credentials_by_name on credentials (organization_id, name_key, id)`,
  `create index credentials_by_use on credentials
    (organization_id, coalesce(last_used_at, '-infinity'::timestamptz), id)`,
  `create index credentials_by_owner on credentials (organization_id, owner_account_id)`,

  `create function credentials_keep_rules() returns trigger language plpgsql as $$
  begin
    if new.authentication_type <> old.authentication_type then
      raise exception 'the authentication type of a credential is fixed at creation' using errcode = '23514';
    end if;
    if old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at then
      raise exception 'revoking a credential is final' using errcode = '23514';
    end if;
    return new;
  end $$`,
  `create trigger credentials_keep_rules before update of authentication_type, revoked_at on credentials
    for each row execute function credentials_keep_rules()`,

  `create table credential_secrets (
    organization_id text collate "C" not null,
    id text collate "C" not null,
    credential_id text collate "C" not null,
    hash text not null,
    hint text not null,
    created_at timestamptz(3) not null,
    primary key (organization_id, id),
    foreign key (organization_id, credential_id) references credentials (organization_id, id)
  )`,
  `create index credential_secrets_by_credential on credential_secrets (organization_id, credential_id)`,

  `create table sessions (
    organization_id text collate "C" not null,
    id text collate "C" not null unique,
    account_id text collate "C" not null,
    token_hash text not null,
    created_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    primary key (organization_id, id),
    foreign key (organization_id, account_id) references accounts (organization_id, id)
  )`,
  `create index sessions_by_account on sessions (organization_id, account_id)`,

  `create table audit_events (
    organization_id text collate "C" not null references organizations (id),
    id text collate "C" not null,
    created_at timestamptz(3) not null,
    action text not null,
    actor_kind text not null check (actor_kind in ('PERSON', 'COMMAND_LINE', 'ANONYMOUS')),
    actor_account_id text collate "C",
    target_kind text not null,
    target_id text collate "C",
    address text,
    user_agent text,
    request_id text,
    detail jsonb not null,
    primary key (organization_id, id),
    foreign key (organization_id, actor_account_id) references accounts (organization_id, id),
    constraint people_are_named check ((actor_kind = 'PERSON') = (actor_account_id is not null))
  )`,
  `create index audit_events_by_age on audit_events (organization_id, created_at, id)`,
  `create index audit_events_by_target on audit_events (organization_id, target_id, created_at, id)`,

  `create table signing_keys (
    kid text collate "C" primary key,
    algorithm text not null,
    public_jwk jsonb not null,
    sealed_private_key text not null,
    created_at timestamptz(3) not null,
    signs_from timestamptz(3) not null,
    accepted_until timestamptz(3)
  )`,

  `create table server_state (name text collate "C" primary key, value jsonb not null)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
