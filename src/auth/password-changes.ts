// New passwords: by whoever knows the present one, and by whoever has the server's command line. Sessions that the old one
// opened end in the same transaction.

import { findAccount, findAccountByEmail, updateAccount } from '../db/accounts.ts';
import { lockOrganization } from '../db/organizations.ts';
import { deleteSessionsOf } from '../db/sessions.ts';
import type { Account, Transaction } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import type { AccountsActor } from './accounts.ts';
import { recordAudit } from './audit.ts';
import type { Auth } from './auth.ts';
import { type Outcome, refuse } from './outcome.ts';
import { passwordProblem } from './passwords.ts';
import type { Origin, Person } from './principal.ts';

export interface PasswordChange {
  currentPassword: string;
  newPassword: string;
}

const wrongPassword = () =>
  new AppError('UNAUTHENTICATED', {
    reason: 'sign_in',
    detail: 'change of password refused: wrong password',
  });

/**
 * Gives the caller a new password, and ends the other sessions of the account. The present one is asked for, as an attempt
 * to sign in is counted: a session that was stolen is no way to it.
 * @throws AppError UNAUTHENTICATED when the present one is wrong; RATE_LIMITED when this address has guessed too often.
 */
export async function changePassword(
  auth: Auth,
  origin: Origin,
  person: Person,
  { currentPassword, newPassword }: PasswordChange,
): Promise<Outcome<Account>> {
  const problem = passwordProblem(newPassword);
  if (problem) return refuse(problem.code, problem.message, 'input', 'newPassword');
  const { organizationId, accountId, sessionId } = person;
  const before = await findAccount(auth.db, organizationId, accountId);
  const attempt = [origin.address ?? 'unknown', before?.email_key ?? accountId] as const;
  await auth.signInLimiter.attempt(...attempt);
  const hashBefore = before?.password_hash ?? undefined;
  const by: AccountsActor = { organizationId, actor: { kind: 'PERSON', accountId, origin } };
  if (!(await auth.passwords.verify(currentPassword, hashBefore))) {
    await recordRefusal(auth, by, accountId);
    throw wrongPassword();
  }
  await auth.signInLimiter.succeeded(...attempt);
  const hash = await auth.passwords.hash(newPassword);
  return inTransaction(auth.db, async (tx): Promise<Outcome<Account>> => {
    await lockOrganization(tx, organizationId);
    const account = await findAccount(tx, organizationId, accountId);
    // Of two that change it at once with the same present password, the second no longer has it.
    if (account?.status !== 'ACTIVE' || account.password_hash !== hashBefore) throw wrongPassword();
    return { value: await replacePassword(tx, auth, by, account, hash, sessionId) };
  });
}

/** So that whoever reads the trail sees the guesses of a session that was stolen. */
const recordRefusal = (auth: Auth, by: AccountsActor, accountId: string): Promise<void> =>
  inTransaction(auth.db, (tx) =>
    recordAudit(tx, by.actor, auth.now(), {
      organizationId: by.organizationId,
      action: 'PASSWORD_CHANGE_REFUSED',
      target: { kind: 'ACCOUNT', id: accountId },
    }),
  );

/**
 * Gives the person with this e-mail a new password, and ends all sessions of the account.
 * @param announce awaited before anything is committed: where it fails, nothing is changed
 */
export async function resetPassword(
  auth: Auth,
  by: AccountsActor,
  email: string,
  newPassword: string,
  announce: (account: Account) => Promise<void>,
): Promise<Outcome<Account>> {
  const problem = passwordProblem(newPassword);
  if (problem) return refuse(problem.code, problem.message, 'input', 'newPassword');
  const hash = await auth.passwords.hash(newPassword);
  return auth.db.transaction().execute(async (tx): Promise<Outcome<Account>> => {
    await lockOrganization(tx, by.organizationId);
    const account = await findAccountByEmail(tx, by.organizationId, email.trim().toLowerCase());
    if (!account)
      return refuse(
        'NOT_FOUND',
        'Nobody has this e-mail address. Check it, and the organisation.',
        'input',
        'email',
      );
    const changed = await replacePassword(tx, auth, by, account, hash);
    await announce(changed);
    return { value: changed };
  });
}

/** @param keptSession the session that goes on */
async function replacePassword(
  tx: Transaction,
  auth: Auth,
  by: AccountsActor,
  { id, name }: Account,
  hash: string,
  keptSession?: string,
): Promise<Account> {
  const at = auth.now();
  const account = await updateAccount(tx, by.organizationId, id, { password_hash: hash, updated_at: at });
  await deleteSessionsOf(tx, by.organizationId, id, keptSession);
  await recordAudit(tx, by.actor, at, {
    organizationId: by.organizationId,
    action: 'PASSWORD_CHANGED',
    target: { kind: 'ACCOUNT', id },
    detail: { name },
  });
  return account;
}
