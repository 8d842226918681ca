// Public keys of OAuth clients, and the assertions that clients have signed with them and used.

import { type RawBuilder, sql } from 'kysely';
import type { Database, Transaction } from './tables.ts';

export interface NewCredentialKey {
  organization_id: string;
  credential_id: string;
  /** How assertions name it; unique among the keys of the credential. */
  kid: string;
  algorithm: string;
  /** RFC 7638, SHA-256, base64url. */
  thumbprint: string;
  /** JSON text. */
  public_jwk: string;
  created_by_account_id: string;
  created_at: Date;
}

export async function insertCredentialKey(tx: Transaction, key: NewCredentialKey): Promise<void> {
  await tx.insertInto('credential_keys').values(key).execute();
}

/** What tells the keys of a credential apart. */
export interface KnownKey {
  kid: string;
  thumbprint: string;
  algorithm: string;
}

export async function listCredentialKeys(
  tx: Transaction,
  organizationId: string,
  credentialId: string,
): Promise<KnownKey[]> {
  return tx
    .selectFrom('credential_keys')
    .select(['kid', 'thumbprint', 'algorithm'])
    .where('organization_id', '=', organizationId)
    .where('credential_id', '=', credentialId)
    .execute();
}

export async function deleteCredentialKey(
  tx: Transaction,
  organizationId: string,
  credentialId: string,
  kid: string,
): Promise<void> {
  await tx
    .deleteFrom('credential_keys')
    .where('organization_id', '=', organizationId)
    .where('credential_id', '=', credentialId)
    .where('kid', '=', kid)
    .execute();
}

/** A public key as it is shown. */
export interface ShownKey {
  kid: string;
  algorithm: string;
  thumbprint: string;
  createdAt: string;
  createdById: string;
}

/** A column: the public keys of the row's credential, oldest first. */
export const shownKeys: RawBuilder<ShownKey[]> = sql<ShownKey[]>`
  (select coalesce(jsonb_agg(jsonb_build_object(
      'kid', k.kid, 'algorithm', k.algorithm, 'thumbprint', k.thumbprint, 'createdById', k.created_by_account_id,
      'createdAt', to_char(k.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    ) order by k.created_at, k.kid), '[]')
    from credential_keys k
    where k.organization_id = credentials.organization_id and k.credential_id = credentials.id)`;

export interface UsedAssertion {
  organizationId: string;
  credentialId: string;
  /** Of the key that signed it. */
  kid: string;
  jtiHash: string;
  /** From then on nobody would accept the assertion for its age. */
  expiresAt: Date;
}

/**
 * Marks an assertion as used. Of all who mark it, on any instance, one gets true; the row stays until it has expired.
 * @returns false when it was used before, or when its key is registered no more.
 */
export async function useAssertion(db: Database, assertion: UsedAssertion): Promise<boolean> {
  const { organizationId, credentialId, kid, jtiHash, expiresAt } = assertion;
  const { rows } = await sql`
    insert into used_assertions (organization_id, credential_id, jti_hash, expires_at)
    select k.organization_id, k.credential_id, ${jtiHash}, ${expiresAt.toISOString()}::timestamptz
    from credential_keys k
    where k.organization_id = ${organizationId} and k.credential_id = ${credentialId} and k.kid = ${kid}
    on conflict do nothing
    returning jti_hash`.execute(db);
  return rows.length === 1;
}

/** Removes up to `limit` expired assertions, and waits for nobody who removes others. @returns how many it removed. */
export async function deleteExpiredAssertions(db: Database, now: Date, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from used_assertions
    where (organization_id, credential_id, jti_hash) in (
      select organization_id, credential_id, jti_hash from used_assertions
      where expires_at <= ${now.toISOString()}::timestamptz
      order by expires_at limit ${limit} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
