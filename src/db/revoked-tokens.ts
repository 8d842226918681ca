// Access tokens revoked one by one. What decides a request is read with its credential's state: see credentials.ts.

import { sql } from 'kysely';
import type { Database, Transaction } from './tables.ts';

export interface RevokedToken {
  organizationId: string;
  jti: string;
  expiresAt: Date;
}

/**
 * Notes that a token is revoked. Of several calls at once one writes; the others wait until it is known whether it did.
 * @returns false when it was revoked before.
 */
export async function insertRevokedToken(tx: Transaction, token: RevokedToken): Promise<boolean> {
  const inserted = await tx
    .insertInto('revoked_tokens')
    .values({ organization_id: token.organizationId, jti: token.jti, expires_at: token.expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/**
 * Forgets up to `limit` tokens that ran out before `until`. Rows that another instance is forgetting are left to it, so
 * nobody waits for anybody.
 * @returns how many there were.
 */
export async function deleteExpiredTokens(db: Database, until: Date, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from revoked_tokens where (organization_id, jti) in (
      select t.organization_id, t.jti from revoked_tokens t where t.expires_at < ${until.toISOString()}::timestamptz
      order by t.expires_at limit ${limit} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
