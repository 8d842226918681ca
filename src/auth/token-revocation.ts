// A single access token, revoked by the client that it was issued to (RFC 7009), before it runs out.

import type { CredentialState } from '../db/credentials.ts';
import { deleteExpiredTokens, insertRevokedToken } from '../db/revoked-tokens.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import type { TokenFacts } from './access-token.ts';
import { recordAudit } from './audit.ts';
import type { Auth } from './auth.ts';
import type { Origin } from './principal.ts';

export interface RevocationRequest {
  /** Authenticated. */
  client: CredentialState;
  token: string;
}

/** Clocks of instances differ: what has run out for one, or is not yet good for it, may be good for another. */
const clockSkewMs = 10 * 60_000;

/** `DONE`: what was presented opens nothing from now on, or never did. The others changed nothing. */
export type Revocation = 'DONE' | 'OF_ANOTHER_CLIENT' | 'NOT_AN_ACCESS_TOKEN';

/**
 * Revokes an access token of the client. Once this has returned, no instance accepts it.
 * @throws AppError SERVICE_UNAVAILABLE
 */
export async function revokeAccessToken(
  auth: Auth,
  origin: Origin,
  { token, client }: RevocationRequest,
): Promise<Revocation> {
  auth.credentialUse.record(client.organizationId, client.id);
  if (token.startsWith('lk_')) return 'NOT_AN_ACCESS_TOKEN';
  const facts = await genuine(auth, token);
  // By no clock that may differ from this one is it good any more.
  if (!facts || facts.expiresAt * 1000 + clockSkewMs <= auth.now().getTime()) return 'DONE';
  if (facts.clientId === client.id) {
    await forbid(auth, origin, client.organizationId, facts);
    return 'DONE';
  }
  // Of another organisation's tokens nobody learns that they exist.
  const other = await auth.tokenState(facts.clientId, facts.jti);
  const isKnown =
    other?.organizationId === client.organizationId && other.live && !other.revokedTokens.includes(facts.jti);
  return isKnown ? 'OF_ANOTHER_CLIENT' : 'DONE';
}

/** What a token says that this server signed, whatever its times; undefined for any other text. */
async function genuine(auth: Auth, token: string): Promise<TokenFacts | undefined> {
  return auth.accessTokens.prove(token).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'UNAUTHENTICATED') return undefined;
    throw error;
  });
}

async function forbid(auth: Auth, origin: Origin, organizationId: string, facts: TokenFacts): Promise<void> {
  const { jti, clientId } = facts;
  const expiresAt = new Date(facts.expiresAt * 1000);
  await inTransaction(auth.db, async (tx) => {
    if (!(await insertRevokedToken(tx, { organizationId, jti, expiresAt }))) return;
    await recordAudit(tx, { kind: 'CREDENTIAL', origin }, auth.now(), {
      organizationId,
      action: 'TOKEN_REVOKED',
      target: { kind: 'CREDENTIAL', id: clientId },
      detail: { jti, expiresAt: expiresAt.toISOString() },
    });
  });
}

const atOnce = 1_000;

/** Forgets revoked tokens that have run out everywhere, in short statements, on any number of instances at once. */
export async function forgetExpiredTokens(auth: Pick<Auth, 'db' | 'now'>): Promise<void> {
  const until = new Date(auth.now().getTime() - clockSkewMs);
  while ((await deleteExpiredTokens(auth.db, until, atOnce)) === atOnce);
}
