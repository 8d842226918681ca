// Signing keys as they are stored: the private half sealed, the public half as a JWK.

import type { Selectable } from 'kysely';
import type { Database, SigningKeysTable, Transaction } from './tables.ts';

export type StoredSigningKey = Selectable<SigningKeysTable>;

export interface NewSigningKey {
  kid: string;
  algorithm: string;
  /** JSON text. */
  public_jwk: string;
  sealed_private_key: string;
  created_at: Date;
  signs_from: Date;
}

export async function insertSigningKey(tx: Transaction, key: NewSigningKey): Promise<void> {
  await tx.insertInto('signing_keys').values(key).execute();
}

/** Every signing key whose tokens are accepted at `now`, oldest first. */
export async function listAcceptedSigningKeys(db: Database, now: Date): Promise<StoredSigningKey[]> {
  return db
    .selectFrom('signing_keys')
    .select([
      'kid',
      'algorithm',
      'public_jwk',
      'sealed_private_key',
      'created_at',
      'signs_from',
      'accepted_until',
    ])
    .where((eb) => eb.or([eb('accepted_until', 'is', null), eb('accepted_until', '>', now.toISOString())]))
    .orderBy('signs_from')
    .orderBy('kid')
    .execute();
}

/** Every key ever made, oldest first, without its private half. */
export async function listSigningKeys(db: Database): Promise<Omit<StoredSigningKey, 'sealed_private_key'>[]> {
  return db
    .selectFrom('signing_keys')
    .select(['kid', 'algorithm', 'public_jwk', 'created_at', 'signs_from', 'accepted_until'])
    .orderBy('signs_from')
    .orderBy('kid')
    .execute();
}

/** Sets the end of every key that has none yet, except `kid`. */
export async function retireOtherSigningKeys(
  tx: Transaction,
  kid: string,
  acceptedUntil: Date,
): Promise<void> {
  await tx
    .updateTable('signing_keys')
    .set({ accepted_until: acceptedUntil })
    .where('accepted_until', 'is', null)
    .where('kid', '<>', kid)
    .execute();
}
