// Accounts: created, deactivated, reactivated, deleted, promoted, demoted. What an account loses takes effect at
// once: its sessions end in the same transaction, and its credentials are judged by its state on every request.

import {
  countOtherSuperAdmins,
  findAccount,
  findAccountByEmail,
  insertAccount,
  updateAccount,
} from '../db/accounts.ts';
import { lockOrganization } from '../db/organizations.ts';
import { deleteSessionsOf } from '../db/sessions.ts';
import type { Account, AccountKind, AccountRole, Transaction } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import type { UserError } from '../errors.ts';
import { type Actor, type AuditAction, recordAudit } from './audit.ts';
import type { Auth } from './auth.ts';
import { checkEmail, checkName } from './names.ts';
import { type Outcome, refuse } from './outcome.ts';
import { passwordProblem } from './passwords.ts';
import { newId } from './random.ts';

export interface NewAccountInput {
  kind: AccountKind;
  name: string;
  email?: string | undefined;
  password?: string | undefined;
  role: AccountRole;
  /** Awaited before anything is committed: where it fails, there is no account. */
  announce?: ((account: Account) => Promise<void>) | undefined;
}

/** Who changes accounts, and in which organisation. */
export interface AccountsActor {
  organizationId: string;
  actor: Actor;
}

/** Creates a person, who can sign in, or a service account, which cannot and owns credentials. */
export async function createAccount(
  auth: Auth,
  by: AccountsActor,
  input: NewAccountInput,
): Promise<Outcome<Account>> {
  const { value: checked, userErrors } = checkNewAccount(input);
  if (userErrors) return { userErrors };
  const hash = input.password === undefined ? null : await auth.passwords.hash(input.password);
  const create = async (tx: Transaction): Promise<Outcome<Account>> => {
    await lockOrganization(tx, by.organizationId);
    if (checked.emailKey !== null && (await findAccountByEmail(tx, by.organizationId, checked.emailKey))) {
      return refuse(
        'TAKEN',
        'An account of this organisation has this e-mail address already.',
        'input',
        'email',
      );
    }
    const at = auth.now();
    const account = await insertAccount(tx, {
      organization_id: by.organizationId,
      id: newId('acc'),
      kind: input.kind,
      role: input.role,
      status: 'ACTIVE',
      name: checked.name,
      email: checked.email,
      email_key: checked.emailKey,
      password_hash: hash,
      created_at: at,
      updated_at: at,
    });
    await audit(tx, by, at, 'ACCOUNT_CREATED', account, { kind: account.kind, role: account.role });
    await input.announce?.(account);
    return { value: account };
  };
  // What was announced once must not come to nothing and be announced again.
  return input.announce ? auth.db.transaction().execute(create) : inTransaction(auth.db, create);
}

/** Stops an account: its sessions end, its credentials and their tokens stop, until it is reactivated. */
export const deactivateAccount = (auth: Auth, by: AccountsActor, id: string): Promise<Outcome<Account>> =>
  changeAccount(auth, by, id, { action: 'ACCOUNT_DEACTIVATED', status: 'DEACTIVATED' });

/** Brings a deactivated account back, and its credentials with it; tokens that have not run out work again. */
export const reactivateAccount = (auth: Auth, by: AccountsActor, id: string): Promise<Outcome<Account>> =>
  changeAccount(auth, by, id, { action: 'ACCOUNT_REACTIVATED', status: 'ACTIVE' });

/** Deletes an account for good. Its e-mail may be used again; its credentials never. */
export const deleteAccount = (auth: Auth, by: AccountsActor, id: string): Promise<Outcome<Account>> =>
  changeAccount(auth, by, id, { action: 'ACCOUNT_DELETED', status: 'DELETED' });

/** Makes a person a Super Admin, or no longer one. Either way the person's sessions end. */
export async function changeAccountRole(
  auth: Auth,
  by: AccountsActor,
  id: string,
  role: AccountRole,
): Promise<Outcome<Account>> {
  return changeAccount(auth, by, id, { action: 'ACCOUNT_ROLE_CHANGED', role });
}

type AccountChange = { action: AuditAction } & (
  | { status: Account['status']; role?: never }
  | { role: AccountRole; status?: never }
);

async function changeAccount(
  auth: Auth,
  by: AccountsActor,
  id: string,
  change: AccountChange,
): Promise<Outcome<Account>> {
  return inTransaction(auth.db, async (tx): Promise<Outcome<Account>> => {
    await lockOrganization(tx, by.organizationId);
    const before = await findAccount(tx, by.organizationId, id);
    if (!before) return refuse('NOT_FOUND', 'There is no account with this id.', 'input', 'id');
    if (before.status === (change.status ?? before.status) && before.role === (change.role ?? before.role)) {
      return { value: before };
    }
    const problem = await changeProblem(tx, before, change);
    if (problem) return problem;
    const at = auth.now();
    const { action, ...columns } = change;
    const forget = change.status === 'DELETED' ? { password_hash: null } : {};
    const account = await updateAccount(tx, by.organizationId, id, { ...columns, ...forget, updated_at: at });
    await deleteSessionsOf(tx, by.organizationId, id);
    await audit(tx, by, at, action, account, {
      ...(change.role && { role: { from: before.role, to: account.role } }),
      ...(change.status && { status: { from: before.status, to: account.status } }),
    });
    return { value: account };
  });
}

async function changeProblem(tx: Transaction, before: Account, change: AccountChange) {
  if (before.status === 'DELETED') {
    return refuse(
      'NOT_PERMITTED',
      'The account is deleted, which is final. Create a new one.',
      'input',
      'id',
    );
  }
  if (before.kind === 'SERVICE_ACCOUNT' && change.role) {
    return refuse(
      'NOT_PERMITTED',
      'A service account cannot sign in, so it has no role to change.',
      'input',
      'id',
    );
  }
  const losesAdmin =
    before.role === 'SUPER_ADMIN' &&
    before.status === 'ACTIVE' &&
    change.status !== 'ACTIVE' &&
    change.role !== 'SUPER_ADMIN';
  if (losesAdmin && (await countOtherSuperAdmins(tx, before.organization_id, before.id)) === 0) {
    const message = 'This is the last active Super Admin. Make somebody else a Super Admin first.';
    return refuse('NOT_PERMITTED', message, 'input', 'id');
  }
  return undefined;
}

const audit = (
  tx: Transaction,
  by: AccountsActor,
  at: Date,
  action: AuditAction,
  account: Account,
  detail: Record<string, unknown>,
) =>
  recordAudit(tx, by.actor, at, {
    organizationId: by.organizationId,
    action,
    target: { kind: 'ACCOUNT', id: account.id },
    detail: { name: account.name, ...detail },
  });

interface CheckedAccount {
  name: string;
  email: string | null;
  emailKey: string | null;
}

function checkNewAccount(input: NewAccountInput): Outcome<CheckedAccount> {
  const userErrors: UserError[] = [];
  const problem = (found: Pick<UserError, 'code' | 'message'> | undefined, field: string) => {
    if (found) userErrors.push({ ...found, field: ['input', field] });
  };
  const name = checkName(input.name);
  if ('problem' in name) problem(name.problem, 'name');
  const person = input.kind === 'PERSON';
  const email = person ? checkEmail(input.email ?? '') : undefined;
  if (email && 'problem' in email) problem(email.problem, 'email');
  if (person) problem(personPasswordProblem(input.password), 'password');
  else for (const field of forbiddenToService(input)) problem(onlyForPeople(field), field);
  if (userErrors.length > 0) return { userErrors };
  const address = email && 'value' in email ? email.value : undefined;
  const checkedName = 'value' in name ? name.value.name : '';
  return { value: { name: checkedName, email: address?.email ?? null, emailKey: address?.key ?? null } };
}

const personPasswordProblem = (password: string | undefined) =>
  password === undefined
    ? ({ code: 'REQUIRED', message: 'Give a password with which the person signs in first.' } as const)
    : passwordProblem(password);

const onlyForPeople = (field: string) =>
  ({
    code: 'NOT_PERMITTED',
    message: `A service account cannot sign in: leave the ${field} out.`,
  }) as const;

const forbiddenToService = (input: NewAccountInput): string[] => [
  ...(input.email === undefined ? [] : ['email']),
  ...(input.password === undefined ? [] : ['password']),
  ...(input.role === 'MEMBER' ? [] : ['role']),
];
