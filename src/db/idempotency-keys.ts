// Which credential was created with which idempotency key. Rows stay as long as their credentials: for good.

import type { Database, Transaction } from './tables.ts';

/** A key is an account's own: another account's key of the same text is another key. */
export interface IdempotencyKey {
  organizationId: string;
  accountId: string;
  /** SHA-256, base64url. */
  keyHash: string;
}

/** What is asked for with a key. */
export interface KeyedCreation extends IdempotencyKey {
  /** SHA-256 of the input, normalised, base64url. */
  inputDigest: string;
}

/**
 * Claims a key for the credential that this transaction creates. Of several at once one gets it; the others wait until
 * it is known whether its transaction was committed, and claim it if it was not.
 * @returns false when it is taken.
 */
export async function claimIdempotencyKey(
  tx: Transaction,
  creation: KeyedCreation,
  credentialId: string,
): Promise<boolean> {
  const inserted = await tx
    .insertInto('idempotency_keys')
    .values({
      organization_id: creation.organizationId,
      account_id: creation.accountId,
      key_hash: creation.keyHash,
      input_digest: creation.inputDigest,
      credential_id: credentialId,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** What was created with a key, and from what input. */
export async function findKeyedCreation(
  db: Database,
  key: IdempotencyKey,
): Promise<{ credentialId: string; inputDigest: string } | undefined> {
  return db
    .selectFrom('idempotency_keys')
    .select(['credential_id as credentialId', 'input_digest as inputDigest'])
    .where('organization_id', '=', key.organizationId)
    .where('account_id', '=', key.accountId)
    .where('key_hash', '=', key.keyHash)
    .executeTakeFirst();
}
