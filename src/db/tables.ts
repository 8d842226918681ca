// The shape of every table as Kysely sees it. Instants go in as Date and come out as ISO 8601 text in UTC with three
// decimals ("2026-01-31T09:30:00.000Z"), the same on both engines: see database.ts.

import type { ColumnType, Insertable, Kysely, Transaction as KyselyTransaction, Selectable } from 'kysely';
import type { DataTables, RecordVersionsTable } from './data/tables.ts';

export type Instant = ColumnType<string, Date | string, Date | string>;
type NullableInstant = ColumnType<string | null, Date | string | null | undefined, Date | string | null>;
/** jsonb: goes in as JSON text, comes out parsed. */
export type Json<T> = ColumnType<T, string, string>;

export type AuthenticationType = 'OAUTH2_CLIENT_CREDENTIALS' | 'API_KEY';
export type AccountKind = 'PERSON' | 'SERVICE_ACCOUNT';
export type AccountRole = 'SUPER_ADMIN' | 'MEMBER';
export type AccountStatus = 'ACTIVE' | 'DEACTIVATED' | 'DELETED';

export interface OrganizationsTable {
  id: string;
  name: string;
  slug: string;
  status: 'ACTIVE' | 'SUSPENDED';
  created_at: Instant;
}

export interface AccountsTable {
  organization_id: string;
  id: string;
  kind: AccountKind;
  role: AccountRole;
  status: AccountStatus;
  name: string;
  /** As typed; people only. */
  email: string | null;
  /** Lower case, for look-up; unique in the organisation among accounts that are not deleted. */
  email_key: string | null;
  password_hash: string | null;
  created_at: Instant;
  updated_at: Instant;
}

export interface CredentialsTable {
  organization_id: string;
  id: string;
  name: string;
  /** Lower case, for search and order by name. */
  name_key: string;
  authentication_type: ColumnType<AuthenticationType, AuthenticationType, never>;
  scopes: string[];
  owner_account_id: string;
  created_by_account_id: string;
  created_at: Instant;
  updated_at: Instant;
  last_used_at: NullableInstant;
  revoked_at: NullableInstant;
}

export interface CredentialSecretsTable {
  organization_id: string;
  id: string;
  credential_id: string;
  /** argon2id in PHC string format. */
  hash: string;
  hint: string;
  created_at: Instant;
}

export interface CredentialKeysTable {
  organization_id: string;
  credential_id: string;
  kid: string;
  algorithm: string;
  /** RFC 7638, SHA-256, base64url. */
  thumbprint: string;
  /** Only the members that make the key. */
  public_jwk: Json<Record<string, unknown>>;
  created_by_account_id: string;
  created_at: Instant;
}

export interface UsedAssertionsTable {
  organization_id: string;
  credential_id: string;
  /** SHA-256 of the assertion's `jti`, base64url. */
  jti_hash: string;
  expires_at: Instant;
}

export interface IdempotencyKeysTable {
  organization_id: string;
  /** Whose key it is: the account that created with it. */
  account_id: string;
  /** SHA-256 of the key, base64url. */
  key_hash: string;
  /** SHA-256 of what was asked for, normalised, base64url. */
  input_digest: string;
  credential_id: string;
}

export interface SessionsTable {
  organization_id: string;
  id: string;
  account_id: string;
  /** SHA-256 of the session token, base64url. */
  token_hash: string;
  created_at: Instant;
  expires_at: Instant;
}

export interface RevokedTokensTable {
  organization_id: string;
  /** The token's own id (RFC 7519 section 4.1.7). */
  jti: string;
  /** When it runs out by itself, and need not be remembered any more. */
  expires_at: Instant;
}

export interface RateLimitsTable {
  /** Who is counted: a credential, an organisation, or a digest of where attempts came from. */
  key: string;
  points: number;
  /** When the window ends, by the clock of the database. */
  expires_at: Instant;
}

export interface AuditEventsTable {
  organization_id: string;
  id: string;
  created_at: Instant;
  action: string;
  actor_kind: 'PERSON' | 'COMMAND_LINE' | 'ANONYMOUS' | 'CREDENTIAL';
  actor_account_id: string | null;
  target_kind: 'CREDENTIAL' | 'ACCOUNT' | 'SESSION' | 'ORGANIZATION' | 'SIGNING_KEY';
  target_id: string | null;
  address: string | null;
  user_agent: string | null;
  request_id: string | null;
  detail: Json<Record<string, unknown>>;
}

export interface SigningKeysTable {
  kid: string;
  algorithm: string;
  public_jwk: Json<Record<string, unknown>>;
  /** PKCS #8, sealed with AES-256-GCM under a key derived from the master key; base64. Null once it is of no use. */
  sealed_private_key: string | null;
  created_at: Instant;
  /** From this moment on it is the one that signs, until a later key's moment comes. */
  signs_from: Instant;
  /** Tokens that it signed are accepted until then; null while it is current. */
  accepted_until: NullableInstant;
  /** Since then nothing that it signed is accepted, whatever the times above say. */
  compromised_at: NullableInstant;
}

export interface ServerStateTable {
  name: string;
  value: Json<unknown>;
}

export interface Tables extends DataTables {
  organizations: OrganizationsTable;
  accounts: AccountsTable;
  credentials: CredentialsTable;
  credential_secrets: CredentialSecretsTable;
  credential_keys: CredentialKeysTable;
  used_assertions: UsedAssertionsTable;
  idempotency_keys: IdempotencyKeysTable;
  sessions: SessionsTable;
  revoked_tokens: RevokedTokensTable;
  rate_limits: RateLimitsTable;
  audit_events: AuditEventsTable;
  signing_keys: SigningKeysTable;
  server_state: ServerStateTable;
  record_versions: RecordVersionsTable;
}

export type Database = Kysely<Tables>;
/** A function that takes this instead of Database must run inside a transaction. */
export type Transaction = KyselyTransaction<Tables>;
export type Account = Selectable<AccountsTable>;
export type CredentialRow = Selectable<CredentialsTable>;
export type NewAccount = Insertable<AccountsTable>;
export type NewAuditEvent = Insertable<AuditEventsTable>;
