// Public keys of OAuth clients, registered and removed by Super Admins. Each change and its audit event are one
// transaction.

import {
  deleteCredentialKey,
  insertCredentialKey,
  type KnownKey,
  listCredentialKeys,
} from '../db/credential-keys.ts';
import {
  type Credential,
  findCredential,
  lockCredential,
  updateCredential as writeCredential,
} from '../db/credentials.ts';
import type { CredentialRow, Transaction } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import { recordAudit } from './audit.ts';
import type { Auth } from './auth.ts';
import type { Administrator } from './credentials.ts';
import { type Outcome, refuse } from './outcome.ts';
import { checkPublicKey, type PublicKey, type SentJwk } from './public-key.ts';

/** Room for a rotation on several machines; each key is one more way in. */
export const mostKeys = 5;

/** Registers a public key, with which the client may authenticate from then on. */
export async function addCredentialKey(
  auth: Auth,
  admin: Administrator,
  { credentialId, jwk }: { credentialId: string; jwk: SentJwk },
): Promise<Outcome<Credential>> {
  const { value: key, problem } = await checkPublicKey(jwk);
  if (!key) return refuse('INVALID', problem, 'input', 'jwk');
  return changeKeys(auth, admin, credentialId, async (tx, credential) => {
    const present = await listCredentialKeys(tx, admin.organizationId, credentialId);
    const refusal = refusalOf(key, credential, present);
    if (refusal) return refusal;
    const at = auth.now();
    await insertCredentialKey(tx, {
      organization_id: admin.organizationId,
      credential_id: credentialId,
      kid: key.kid,
      algorithm: key.algorithm,
      thumbprint: key.thumbprint,
      public_jwk: JSON.stringify(key.jwk),
      created_by_account_id: admin.accountId,
      created_at: at,
    });
    return { at, action: 'CREDENTIAL_KEY_ADDED', key };
  });
}

function refusalOf(key: PublicKey, credential: CredentialRow, present: readonly KnownKey[]) {
  if (credential.authentication_type !== 'OAUTH2_CLIENT_CREDENTIALS') {
    const message = 'Only OAuth clients authenticate with keys of their own. Name one of them.';
    return refuse('NOT_PERMITTED', message, 'input', 'credentialId');
  }
  if (present.some(({ kid, thumbprint }) => kid === key.kid || thumbprint === key.thumbprint)) {
    const message = 'The credential has this key, or one with its kid. Send another.';
    return refuse('TAKEN', message, 'input', 'jwk');
  }
  if (present.length < mostKeys) return undefined;
  return refuse('CONFLICT', `Remove a key first: a credential has at most ${mostKeys}.`, 'input', 'jwk');
}

/** Removes a public key. From then on it gets no tokens; those that it got run out, or end with the credential. */
export function removeCredentialKey(
  auth: Auth,
  admin: Administrator,
  { credentialId, kid }: { credentialId: string; kid: string },
): Promise<Outcome<Credential>> {
  return changeKeys(auth, admin, credentialId, async (tx) => {
    const present = await listCredentialKeys(tx, admin.organizationId, credentialId);
    const key = present.find((one) => one.kid === kid);
    if (!key) return refuse('NOT_FOUND', 'The credential has no key with this kid.', 'input', 'kid');
    await deleteCredentialKey(tx, admin.organizationId, credentialId, kid);
    return { at: auth.now(), action: 'CREDENTIAL_KEY_REMOVED', key };
  });
}

interface KeyChange {
  userErrors?: never;
  at: Date;
  action: 'CREDENTIAL_KEY_ADDED' | 'CREDENTIAL_KEY_REMOVED';
  key: KnownKey;
}

/** Changes the keys of a credential that is not revoked, while nobody else does, and writes down what was changed. */
function changeKeys(
  auth: Auth,
  admin: Administrator,
  credentialId: string,
  change: (
    tx: Transaction,
    credential: CredentialRow,
  ) => Promise<Exclude<Outcome<never>, { value: never }> | KeyChange>,
): Promise<Outcome<Credential>> {
  const { organizationId } = admin;
  return inTransaction(auth.db, async (tx): Promise<Outcome<Credential>> => {
    const before = await lockCredential(tx, organizationId, credentialId);
    if (!before) return refuse('NOT_FOUND', 'There is no credential with this id.', 'input', 'credentialId');
    if (before.revoked_at) {
      const message = 'The credential is revoked, which is final. Create a new one.';
      return refuse('REVOKED', message, 'input', 'credentialId');
    }
    const changed = await change(tx, before);
    if (changed.userErrors) return changed;
    const { at, action, key } = changed;
    await writeCredential(tx, organizationId, credentialId, { updated_at: at });
    await recordAudit(tx, admin.actor, at, {
      organizationId,
      action,
      target: { kind: 'CREDENTIAL', id: credentialId },
      detail: { kid: key.kid, algorithm: key.algorithm, thumbprint: key.thumbprint },
    });
    const credential = await findCredential(tx, organizationId, credentialId);
    if (!credential) throw new Error(`credential ${credentialId} was changed and cannot be read`);
    return { value: credential };
  });
}
