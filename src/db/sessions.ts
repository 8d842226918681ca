// Sessions of signed-in people. Only a hash of the token is kept.

import { sql } from 'kysely';
import type { AccountRole, Database, Transaction } from './tables.ts';

export interface NewSession {
  organization_id: string;
  id: string;
  account_id: string;
  token_hash: string;
  created_at: Date;
  expires_at: Date;
}

/** Writes a session and clears away the account's expired ones. */
export async function insertSession(tx: Transaction, session: NewSession): Promise<void> {
  await tx
    .deleteFrom('sessions')
    .where('organization_id', '=', session.organization_id)
    .where('account_id', '=', session.account_id)
    .where('expires_at', '<=', session.created_at.toISOString())
    .execute();
  await tx.insertInto('sessions').values(session).execute();
}

export interface SessionState {
  organizationId: string;
  id: string;
  accountId: string;
  tokenHash: string;
  role: AccountRole;
  expiresAt: string;
  /** The account is an active person of an active organisation. */
  live: boolean;
}

/** The states of many sessions in one statement, in any order; ids that do not exist are left out. */
export async function findSessionStates(db: Database, ids: readonly string[]): Promise<SessionState[]> {
  const { rows } = await sql<SessionState>`
    select s.organization_id as "organizationId", s.id, s.account_id as "accountId", s.token_hash as "tokenHash",
      a.role, s.expires_at as "expiresAt",
      a.kind = 'PERSON' and a.status = 'ACTIVE' and o.status = 'ACTIVE' as live
    from sessions s
    join accounts a on a.organization_id = s.organization_id and a.id = s.account_id
    join organizations o on o.id = s.organization_id
    where s.id = any(${ids}::text[])`.execute(db);
  return rows;
}

export async function deleteSession(tx: Transaction, organizationId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('sessions')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Ends every session of an account, except the one that is to go on. */
export async function deleteSessionsOf(
  tx: Transaction,
  organizationId: string,
  accountId: string,
  keptId?: string,
): Promise<void> {
  await tx
    .deleteFrom('sessions')
    .where('organization_id', '=', organizationId)
    .where('account_id', '=', accountId)
    .$if(keptId !== undefined, (query) => query.where('id', '<>', keptId ?? ''))
    .execute();
}
