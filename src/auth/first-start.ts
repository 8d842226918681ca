// What a deployment needs before it can serve: the right master key, a signing key, an organisation, and its first
// Super Admin. One transaction under one lock, so that a start that is killed leaves nothing, and of many starts at
// once one arranges and the others find everything in place.

import { insertAccount } from '../db/accounts.ts';
import { findOrganizationBySlug, insertOrganization, type Organization } from '../db/organizations.ts';
import { holdStartLock, readServerState, writeServerState } from '../db/server-state.ts';
import type { Database, Transaction } from '../db/tables.ts';
import { recordAudit } from './audit.ts';
import { ensureSigningKey } from './key-rotation.ts';
import { checkEmail, checkName } from './names.ts';
import { createPasswordHasher, makePassword } from './passwords.ts';
import { newId } from './random.ts';
import type { ServerKeys } from './server-keys.ts';
import type { SigningAlgorithm } from './signing-keys.ts';

/** The master key is not the one that this database was set up with. */
export class WrongMasterKeyError extends Error {
  constructor() {
    super(
      'The master key is not the one that this database was set up with. Start with the LATCHKEY_MASTER_KEY (or the ' +
        'master.key file) that was used before: without it, signing keys cannot be opened and no key or secret matches. ' +
        'To exchange it, give the old one in LATCHKEY_ACCEPTED_MASTER_KEYS.',
    );
    this.name = 'WrongMasterKeyError';
  }
}

export interface FirstAdmin {
  email: string;
  /** Shown once; undefined when it was given in the settings. */
  firstPassword: string | undefined;
}

export interface FirstStart {
  organizationName: string;
  adminEmail: string;
  adminPassword: string | undefined;
  signingAlgorithm: SigningAlgorithm;
  /** Notes that sample records are wanted: whoever serves makes them. */
  sampleData: boolean;
  now: Date;
  /** Tells the person who starts the server; awaited before anything is committed. */
  announce: (admin: FirstAdmin) => Promise<void>;
}

/**
 * Arranges the first start, or finds it arranged.
 * @returns the organisation that was made now; undefined when everything was in place.
 * @throws WrongMasterKeyError
 */
export async function arrangeFirstStart(
  db: Database,
  keys: ServerKeys,
  start: FirstStart,
): Promise<Organization | undefined> {
  const password = start.adminPassword ?? makePassword();
  return db.transaction().execute(async (tx) => {
    await holdStartLock(tx);
    await checkMasterKey(tx, keys);
    await ensureSigningKey(tx, keys, start.signingAlgorithm, start.now);
    if ((await readServerState(tx, 'first_organization')) !== undefined) return undefined;
    const organization = await createOrganization(tx, { ...start, password });
    await writeServerState(tx, 'first_organization', organization.id);
    if (start.sampleData) {
      await writeServerState(tx, 'sample_data', {
        organizationId: organization.id,
        until: start.now.toISOString(),
      });
    }
    const firstPassword = start.adminPassword === undefined ? password : undefined;
    await start.announce({ email: start.adminEmail, firstPassword });
    return organization;
  });
}

/**
 * Compares the master key with the one that the database was set up with. Where there is none yet, or an accepted one,
 * this becomes it.
 * @throws WrongMasterKeyError
 */
export async function checkMasterKey(db: Database, keys: ServerKeys): Promise<void> {
  const known = await readServerState(db, 'master_key_fingerprint');
  if (known === keys.fingerprint) return;
  const isTakenOver = known === undefined || keys.accepted.some(({ fingerprint }) => fingerprint === known);
  if (!isTakenOver) throw new WrongMasterKeyError();
  await writeServerState(db, 'master_key_fingerprint', keys.fingerprint);
}

/** An organisation with its first Super Admin. @throws Error for a name or an address that its caller did not check. */
export async function createOrganization(
  tx: Transaction,
  given: { organizationName: string; adminEmail: string; password: string; now: Date },
): Promise<Organization> {
  const name = checkName(given.organizationName);
  if ('problem' in name) throw new Error(name.problem.message);
  const email = checkEmail(given.adminEmail);
  if ('problem' in email) throw new Error(email.problem.message);
  const slug = await freeSlug(tx, name.value.name);
  const organization = await insertOrganization(tx, {
    id: newId('org'),
    name: name.value.name,
    slug,
    created_at: given.now,
  });
  const account = await insertAccount(tx, {
    organization_id: organization.id,
    id: newId('acc'),
    kind: 'PERSON',
    role: 'SUPER_ADMIN',
    status: 'ACTIVE',
    name: 'Super Admin',
    email: email.value.email,
    email_key: email.value.key,
    password_hash: await createPasswordHasher().hash(given.password),
    created_at: given.now,
    updated_at: given.now,
  });
  const by = { kind: 'COMMAND_LINE' } as const;
  await recordAudit(tx, by, given.now, {
    organizationId: organization.id,
    action: 'ORGANIZATION_CREATED',
    target: { kind: 'ORGANIZATION', id: organization.id },
    detail: { name: organization.name, slug },
  });
  await recordAudit(tx, by, given.now, {
    organizationId: organization.id,
    action: 'ACCOUNT_CREATED',
    target: { kind: 'ACCOUNT', id: account.id },
    detail: { name: account.name, kind: account.kind, role: account.role },
  });
  return organization;
}

async function freeSlug(tx: Transaction, name: string): Promise<string> {
  const letters = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const base = letters.replace(/^-+|-+$/g, '').slice(0, 40) || 'organization';
  for (let n = 1; ; n++) {
    const slug = n === 1 ? base : `${base}-${n}`;
    if (!(await findOrganizationBySlug(tx, slug))) return slug;
  }
}
