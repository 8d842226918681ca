// People sign in and out. Every sign-in, refused sign-in, and sign-out is audited in its own transaction.

import { findPeopleByEmail, keepsPassword } from '../db/accounts.ts';
import { findOrganizationBySlug, findSoleOrganization } from '../db/organizations.ts';
import { deleteSession, insertSession } from '../db/sessions.ts';
import type { Account } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import { recordAudit } from './audit.ts';
import type { Auth } from './auth.ts';
import { checkEmail } from './names.ts';
import type { Origin, Person } from './principal.ts';
import { newId } from './random.ts';
import { makeSecret, sha256 } from './secret.ts';

const sessionLifetimeMs = 12 * 3600 * 1000;

export interface SignIn {
  email: string;
  password: string;
  /** The organisation's slug: for somebody whose e-mail is known in several. */
  organization?: string | undefined;
}

export interface StartedSession {
  token: string;
  expiresAt: Date;
  person: Person;
}

/**
 * Starts a session.
 * @throws AppError UNAUTHENTICATED for an unknown e-mail, a wrong password, and an account that is not active: one
 *   answer, at one time, told apart in the private detail; RATE_LIMITED when this address has guessed too often. A good
 *   one comes no sooner: it would tell how many organisations know the e-mail.
 */
export async function signIn(auth: Auth, origin: Origin, input: SignIn): Promise<StartedSession> {
  const emailKey = input.email.trim().toLowerCase().slice(0, 255);
  const address = origin.address ?? 'unknown';
  await auth.signInLimiter.attempt(address, emailKey);
  const account = await auth.checkPasswords(() => findByPassword(auth, origin, emailKey, input));
  await auth.signInLimiter.succeeded(address, emailKey);
  return startSession(auth, origin, account);
}

async function findByPassword(auth: Auth, origin: Origin, emailKey: string, input: SignIn): Promise<Account> {
  const people = await findPeopleByEmail(auth.db, emailKey, input.organization);
  const matching: Account[] = [];
  for (const person of people.length > 0 ? people : [undefined]) {
    const matches = await auth.passwords.verify(input.password, person?.password_hash ?? undefined);
    if (matches && person) matching.push(person);
  }
  const account = matching.find((person) => person.status === 'ACTIVE');
  if (account) return account;
  await recordRefusal(auth, origin, emailKey, people, input.organization);
  const reason =
    matching.length > 0 ? 'account deactivated' : people.length > 0 ? 'wrong password' : 'unknown e-mail';
  throw refusal(reason);
}

const refusal = (reason: string) =>
  new AppError('UNAUTHENTICATED', { reason: 'sign_in', detail: `sign-in refused: ${reason}` });

/**
 * In the trail of the organisation that is meant; where that cannot be told, in that of each which knows the e-mail, and
 * without where the attempt came from, be there one or several: whoever administers one of them has no right to know
 * that of another's people, nor whether another knows them.
 */
async function recordRefusal(
  auth: Auth,
  origin: Origin,
  emailKey: string,
  people: readonly Account[],
  slug: string | undefined,
): Promise<void> {
  const meant =
    slug === undefined ? await findSoleOrganization(auth.db) : await findOrganizationBySlug(auth.db, slug);
  const targets = people.map((person) => ({
    organizationId: person.organization_id,
    id: person.id as string | null,
  }));
  if (targets.length === 0 && meant) targets.push({ organizationId: meant.id, id: null });
  const email = 'value' in checkEmail(emailKey) ? emailKey : null;
  const { requestId } = origin;
  const told = meant ? origin : { address: undefined, userAgent: undefined, requestId };
  await inTransaction(auth.db, async (tx) => {
    for (const { organizationId, id } of targets) {
      await recordAudit(tx, { kind: 'ANONYMOUS', origin: told }, auth.now(), {
        organizationId,
        action: 'SIGN_IN_REFUSED',
        target: { kind: 'ACCOUNT', id },
        detail: { email },
      });
    }
  });
}

async function startSession(auth: Auth, origin: Origin, account: Account): Promise<StartedSession> {
  const id = newId('ses');
  const secret = makeSecret(auth.keys, 'ses', id);
  const createdAt = auth.now();
  const expiresAt = new Date(createdAt.getTime() + sessionLifetimeMs);
  await inTransaction(auth.db, async (tx) => {
    // A change of password ends the sessions of the account: one that begins meanwhile would survive it.
    if (!(await keepsPassword(tx, account))) throw refusal('password changed meanwhile');
    await insertSession(tx, {
      organization_id: account.organization_id,
      id,
      account_id: account.id,
      token_hash: sha256(secret.plaintext),
      created_at: createdAt,
      expires_at: expiresAt,
    });
    await recordAudit(tx, { kind: 'PERSON', accountId: account.id, origin }, createdAt, {
      organizationId: account.organization_id,
      action: 'SIGNED_IN',
      target: { kind: 'SESSION', id },
    });
  });
  const person = {
    kind: 'person',
    organizationId: account.organization_id,
    accountId: account.id,
    role: account.role,
    sessionId: id,
  } as const;
  return { token: secret.plaintext, expiresAt, person };
}

/** Ends the session that the caller presents. */
export async function signOut(auth: Auth, origin: Origin, person: Person): Promise<void> {
  await inTransaction(auth.db, async (tx) => {
    if (!(await deleteSession(tx, person.organizationId, person.sessionId))) return;
    await recordAudit(tx, { kind: 'PERSON', accountId: person.accountId, origin }, auth.now(), {
      organizationId: person.organizationId,
      action: 'SIGNED_OUT',
      target: { kind: 'SESSION', id: person.sessionId },
    });
  });
}
