// Signing keys as they are stored: the private half sealed, the public half as a JWK.

import type { Selectable } from 'kysely';
import type { Database, SigningKeysTable, Transaction } from './tables.ts';

export type StoredSigningKey = Selectable<SigningKeysTable>;
/** What may be shown of a key. */
export type SigningKeyTimes = Omit<StoredSigningKey, 'sealed_private_key'>;

export interface NewSigningKey {
  kid: string;
  algorithm: string;
  /** JSON text. */
  public_jwk: string;
  sealed_private_key: string;
  created_at: Date;
  signs_from: Date;
}

const shown = [
  'kid',
  'algorithm',
  'public_jwk',
  'created_at',
  'signs_from',
  'accepted_until',
  'compromised_at',
] as const;

export async function insertSigningKey(tx: Transaction, key: NewSigningKey): Promise<void> {
  await tx.insertInto('signing_keys').values(key).execute();
}

/** Every signing key whose tokens are accepted at `now`, oldest first. */
export async function listAcceptedSigningKeys(db: Database, now: Date): Promise<StoredSigningKey[]> {
  return db
    .selectFrom('signing_keys')
    .select([...shown, 'sealed_private_key'])
    .where('compromised_at', 'is', null)
    .where((eb) => eb.or([eb('accepted_until', 'is', null), eb('accepted_until', '>', now.toISOString())]))
    .orderBy('signs_from')
    .orderBy('kid')
    .execute();
}

/** Every key ever made, oldest first, without its private half. */
export async function listSigningKeys(db: Database): Promise<SigningKeyTimes[]> {
  return db.selectFrom('signing_keys').select(shown).orderBy('signs_from').orderBy('kid').execute();
}

/** Puts another sealing of a private half in the place of one, if that is still there. */
export async function replaceSealedPrivateKey(
  db: Database,
  { kid, sealed_private_key: before }: StoredSigningKey,
  sealed: string,
): Promise<void> {
  await db
    .updateTable('signing_keys')
    .set({ sealed_private_key: sealed })
    .where('kid', '=', kid)
    .where('sealed_private_key', '=', before)
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

/** Ends keys for good and erases their private halves. Those that were ended so before are left as they are. */
export async function endCompromisedSigningKeys(
  tx: Transaction,
  kids: readonly string[],
  now: Date,
): Promise<void> {
  await tx
    .updateTable('signing_keys')
    .set({ compromised_at: now, sealed_private_key: null })
    .where('kid', 'in', kids)
    .where('compromised_at', 'is', null)
    .execute();
}

export async function changeSigningKey(
  tx: Transaction,
  kid: string,
  times: { signs_from: Date } | { accepted_until: Date | null },
): Promise<void> {
  await tx.updateTable('signing_keys').set(times).where('kid', '=', kid).execute();
}

/** Erases the private halves of keys whose tokens are not accepted since `before`; returns the ids of those. */
export async function erasePrivateKeys(db: Database, before: Date): Promise<string[]> {
  const rows = await db
    .updateTable('signing_keys')
    .set({ sealed_private_key: null })
    .where('sealed_private_key', 'is not', null)
    .where('accepted_until', '<', before.toISOString())
    .returning('kid')
    .execute();
  return rows.map(({ kid }) => kid);
}
