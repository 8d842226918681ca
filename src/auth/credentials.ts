// Credentials: created, renamed, narrowed, revoked. Each change and its audit event are one transaction.

import { findAccount } from '../db/accounts.ts';
import {
  type Credential,
  findCredential,
  insertCredential,
  lockCredential,
  updateCredential as writeCredential,
} from '../db/credentials.ts';
import { claimIdempotencyKey, type KeyedCreation } from '../db/idempotency-keys.ts';
import type { AuthenticationType, CredentialRow, Transaction } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import { type Actor, type AuditAction, recordAudit } from './audit.ts';
import type { Auth } from './auth.ts';
import { checkFields } from './credential-fields.ts';
import { createdBefore, idempotencyKeyProblem, keyedCreation } from './idempotency.ts';
import type { CheckedName } from './names.ts';
import { type Outcome, refuse } from './outcome.ts';
import { newId } from './random.ts';
import { makeSecret } from './secret.ts';

/** The account that acts, and on whose organisation. */
export interface Administrator {
  organizationId: string;
  accountId: string;
  actor: Actor;
}

export interface NewCredentialInput {
  name: string;
  authenticationType: AuthenticationType;
  /** Scope values. */
  scopes: readonly string[];
  ownerAccountId?: string | undefined;
  /** Whatever is sent again with it creates nothing more. */
  idempotencyKey?: string | undefined;
}

export interface CreatedCredential {
  credential: Credential;
  /**
   * The API key or client secret. It exists here and nowhere else; only its hash is stored. Undefined when the credential
   * was created before, with the same idempotency key.
   */
  secret?: string;
}

/**
 * Creates a credential with its secret, unless its idempotency key did so before. Nothing is written when the input has a
 * problem.
 */
export async function createCredential(
  auth: Auth,
  admin: Administrator,
  input: NewCredentialInput,
): Promise<Outcome<CreatedCredential>> {
  const { name, scopes, userErrors } = checkFields(input.name, input.scopes);
  const { authenticationType, idempotencyKey: key, ownerAccountId = admin.accountId } = input;
  const keyProblem = key === undefined ? undefined : idempotencyKeyProblem(key);
  if (keyProblem) userErrors.push(keyProblem);
  const wish = [authenticationType, name?.name, [...scopes].sort(), ownerAccountId];
  const creation = key === undefined ? undefined : keyedCreation(admin, key, wish);
  // Before the owner is looked at, who may have been deactivated since.
  const before = creation && userErrors.length === 0 && (await createdBefore(auth.db, creation));
  if (before) return asRepeat(before);
  const owner = await findAccount(auth.db, admin.organizationId, ownerAccountId);
  if (owner?.status !== 'ACTIVE') {
    const message =
      'Name an active account of this organisation as the owner, or leave it out to own it yourself.';
    userErrors.push({ code: 'NOT_FOUND', message, field: ['input', 'ownerAccountId'] });
  }
  if (!name || userErrors.length > 0) return { userErrors };
  return writeNew(auth, admin, { name, authenticationType, scopes, ownerAccountId, creation });
}

interface CheckedCredential {
  name: CheckedName;
  authenticationType: AuthenticationType;
  scopes: string[];
  ownerAccountId: string;
  creation: KeyedCreation | undefined;
}

async function writeNew(
  auth: Auth,
  admin: Administrator,
  { name, creation, ...checked }: CheckedCredential,
): Promise<Outcome<CreatedCredential>> {
  const { organizationId } = admin;
  const id = newId('cred');
  const secret = makeSecret(auth.keys, checked.authenticationType === 'API_KEY' ? 'key' : 'sec', id);
  const hash = await auth.secrets.hash(secret.plaintext);
  return inTransaction(auth.db, async (tx): Promise<Outcome<CreatedCredential>> => {
    if (creation && !(await claimIdempotencyKey(tx, creation, id))) {
      const before = await createdBefore(tx, creation);
      if (!before) throw new Error('an idempotency key is taken and cannot be read');
      return asRepeat(before);
    }
    const at = auth.now();
    await insertCredential(tx, {
      ...checked,
      organizationId,
      id,
      name: name.name,
      nameKey: name.key,
      createdByAccountId: admin.accountId,
      at,
      secret: { id: newId('sec'), hash, hint: secret.hint },
    });
    await recordAudit(tx, admin.actor, at, {
      organizationId,
      action: 'CREDENTIAL_CREATED',
      target: { kind: 'CREDENTIAL', id },
      detail: { name: name.name, ...checked },
    });
    return { value: { credential: await written(tx, organizationId, id), secret: secret.plaintext } };
  });
}

const asRepeat = ({ value, userErrors }: Outcome<Credential>): Outcome<CreatedCredential> =>
  userErrors ? { userErrors } : { value: { credential: value } };

export interface CredentialChange {
  id: string;
  name?: string | undefined;
  scopes?: readonly string[] | undefined;
}

/** Renames a credential, changes its scopes, or both. Absent fields stay as they are, whoever edits them meanwhile. */
export async function updateCredential(
  auth: Auth,
  admin: Administrator,
  input: CredentialChange,
): Promise<Outcome<Credential>> {
  const { name, scopes, userErrors } = checkFields(input.name, input.scopes);
  if (userErrors.length > 0) return { userErrors };
  const { organizationId } = admin;
  return inTransaction(auth.db, async (tx): Promise<Outcome<Credential>> => {
    const before = await lockCredential(tx, organizationId, input.id);
    if (!before) return notFound();
    if (before.revoked_at) {
      return refuse('REVOKED', 'The credential is revoked, which is final. Create a new one.', 'input', 'id');
    }
    const change = changeOf(before, name, input.scopes && scopes);
    if (Object.keys(change.detail).length > 0) {
      const at = auth.now();
      await writeCredential(tx, organizationId, input.id, { ...change.columns, updated_at: at });
      await recordAudit(tx, admin.actor, at, {
        organizationId,
        action: 'CREDENTIAL_UPDATED',
        target: { kind: 'CREDENTIAL', id: input.id },
        detail: change.detail,
      });
    }
    return { value: await written(tx, organizationId, input.id) };
  });
}

/**
 * Revokes a credential for good. Revoking it again answers the same and changes nothing.
 * @param action what the audit trail calls it
 */
export async function revokeCredential(
  auth: Auth,
  { organizationId, actor }: Pick<Administrator, 'organizationId' | 'actor'>,
  id: string,
  action: AuditAction = 'CREDENTIAL_REVOKED',
): Promise<Outcome<Credential>> {
  return inTransaction(auth.db, async (tx): Promise<Outcome<Credential>> => {
    const before = await lockCredential(tx, organizationId, id);
    if (!before) return notFound();
    if (!before.revoked_at) {
      const at = auth.now();
      await writeCredential(tx, organizationId, id, { revoked_at: at, updated_at: at });
      await recordAudit(tx, actor, at, {
        organizationId,
        action,
        target: { kind: 'CREDENTIAL', id },
        detail: { name: before.name },
      });
    }
    return { value: await written(tx, organizationId, id) };
  });
}

const notFound = () => refuse('NOT_FOUND', 'There is no credential with this id.', 'input', 'id');

async function written(tx: Transaction, organizationId: string, id: string): Promise<Credential> {
  const credential = await findCredential(tx, organizationId, id);
  if (!credential) throw new Error(`credential ${id} was written and cannot be read`);
  return credential;
}

function changeOf(before: CredentialRow, name: CheckedName | undefined, scopes: string[] | undefined) {
  const columns: { name?: string; name_key?: string; scopes?: string[] } = {};
  const detail: Record<string, unknown> = {};
  if (name && name.name !== before.name) {
    Object.assign(columns, { name: name.name, name_key: name.key });
    detail.name = { from: before.name, to: name.name };
  }
  if (scopes && scopes.join() !== before.scopes.join()) {
    columns.scopes = scopes;
    detail.scopes = { from: before.scopes, to: scopes };
  }
  return { columns, detail };
}
