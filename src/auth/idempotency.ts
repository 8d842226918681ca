// A creation that may be sent again: the caller gives it a key, and the key is kept with what it created. The secret is
// not, so a repeat cannot show it.

import { type Credential, findCredential } from '../db/credentials.ts';
import { findKeyedCreation, type KeyedCreation } from '../db/idempotency-keys.ts';
import type { Database } from '../db/tables.ts';
import type { UserError } from '../errors.ts';
import { type Outcome, refuse } from './outcome.ts';
import { sha256 } from './secret.ts';

const longestKey = 200;

/** What is wrong with a key that a caller gives, if anything. */
export function idempotencyKeyProblem(key: string): UserError | undefined {
  const field = ['input', 'idempotencyKey'];
  if (key.length > longestKey) {
    return { code: 'TOO_LONG', message: `Give a key of at most ${longestKey} characters.`, field };
  }
  if (/^[!-~]+$/.test(key)) return undefined;
  const message = 'Give a key of visible ASCII characters without spaces, such as a random UUID, or none.';
  return { code: 'INVALID', message, field };
}

/**
 * A creation with a key, as it is remembered: what was sent is kept as digests alone.
 * @param input normalised, so that the same wish is the same text however it was spelt
 */
export const keyedCreation = (
  by: { organizationId: string; accountId: string },
  key: string,
  input: readonly unknown[],
): KeyedCreation => ({
  organizationId: by.organizationId,
  accountId: by.accountId,
  keyHash: sha256(key),
  inputDigest: sha256(JSON.stringify(input)),
});

/** What the key created before, as it is now; undefined when it has created nothing yet. */
export async function createdBefore(
  db: Database,
  creation: KeyedCreation,
): Promise<Outcome<Credential> | undefined> {
  const found = await findKeyedCreation(db, creation);
  if (!found) return undefined;
  if (found.inputDigest !== creation.inputDigest) {
    const message =
      'This key created a credential from other input. Send that input again, or give a new key.';
    return refuse('CONFLICT', message, 'input', 'idempotencyKey');
  }
  const credential = await findCredential(db, creation.organizationId, found.credentialId);
  if (!credential) throw new Error(`credential ${found.credentialId} has a key and cannot be read`);
  return { value: credential };
}
