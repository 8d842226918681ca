// Credentials: created, renamed, narrowed, revoked. Each change and its audit event are one transaction.

import { findAccount } from '../db/accounts.ts';
import {
  type Credential,
  findCredential,
  insertCredential,
  lockCredential,
  updateCredential as writeCredential,
} from '../db/credentials.ts';
import type { AuthenticationType, CredentialRow, Transaction } from '../db/tables.ts';
import type { UserError } from '../errors.ts';
import { inCatalogueOrder } from '../scopes.ts';
import { type Actor, type AuditAction, recordAudit } from './audit.ts';
import type { Auth } from './auth.ts';
import { type CheckedName, checkName } from './names.ts';
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
}

export interface CreatedCredential {
  credential: Credential;
  /** The API key or client secret. It exists here and nowhere else; only its hash is stored. */
  secret: string;
}

/** Creates a credential with its secret. Nothing is written when the input has a problem. */
export async function createCredential(
  auth: Auth,
  admin: Administrator,
  input: NewCredentialInput,
): Promise<Outcome<CreatedCredential>> {
  const checked = checkFields(input.name, input.scopes);
  const { organizationId } = admin;
  const owner = await findAccount(auth.db, organizationId, input.ownerAccountId ?? admin.accountId);
  if (owner?.status !== 'ACTIVE') {
    const message =
      'Name an active account of this organisation as the owner, or leave it out to own it yourself.';
    checked.userErrors.push({ code: 'NOT_FOUND', message, field: ['input', 'ownerAccountId'] });
  }
  if (!owner || !checked.name || checked.userErrors.length > 0) return { userErrors: checked.userErrors };
  const { name, scopes } = checked;
  const id = newId('cred');
  const secret = makeSecret(auth.keys, input.authenticationType === 'API_KEY' ? 'key' : 'sec', id);
  const hash = await auth.secrets.hash(secret.plaintext);
  const credential = await auth.db.transaction().execute(async (tx) => {
    const at = auth.now();
    await insertCredential(tx, {
      organizationId,
      id,
      name: name.name,
      nameKey: name.key,
      authenticationType: input.authenticationType,
      scopes,
      ownerAccountId: owner.id,
      createdByAccountId: admin.accountId,
      at,
      secret: { id: newId('sec'), hash, hint: secret.hint },
    });
    await recordAudit(tx, admin.actor, at, {
      organizationId,
      action: 'CREDENTIAL_CREATED',
      target: { kind: 'CREDENTIAL', id },
      detail: {
        name: name.name,
        authenticationType: input.authenticationType,
        scopes,
        ownerAccountId: owner.id,
      },
    });
    return written(tx, organizationId, id);
  });
  return { value: { credential, secret: secret.plaintext } };
}

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
  return auth.db.transaction().execute(async (tx): Promise<Outcome<Credential>> => {
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
  return auth.db.transaction().execute(async (tx): Promise<Outcome<Credential>> => {
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

interface CheckedFields {
  name: CheckedName | undefined;
  scopes: string[];
  userErrors: UserError[];
}

function checkFields(name: string | undefined, scopes: readonly string[] | undefined): CheckedFields {
  const userErrors: UserError[] = [];
  const checked = name === undefined ? undefined : checkName(name);
  if (checked && 'problem' in checked) userErrors.push({ ...checked.problem, field: ['input', 'name'] });
  if (scopes) userErrors.push(...scopeProblems(scopes));
  return {
    name: checked && 'value' in checked ? checked.value : undefined,
    scopes: inCatalogueOrder(scopes ?? []),
    userErrors,
  };
}

function scopeProblems(scopes: readonly string[]): UserError[] {
  if (scopes.length === 0) {
    return [
      { code: 'AT_LEAST_ONE_SCOPE', message: 'Choose at least one scope.', field: ['input', 'scopes'] },
    ];
  }
  return scopes.flatMap((scope, place) => {
    if (scopes.indexOf(scope) === place) return [];
    const message = 'This scope is named twice. Name each scope once.';
    return [{ code: 'INVALID' as const, message, field: ['input', 'scopes', String(place)] }];
  });
}
