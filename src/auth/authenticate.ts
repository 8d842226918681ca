// Authorization header or session cookie → Principal. A bad credential is UNAUTHENTICATED, never anonymous, and the
// state of a good one is read from the database on every request.

import type { CredentialState } from '../db/credentials.ts';
import { AppError } from '../errors.ts';
import { inCatalogueOrder, isScopeValue } from '../scopes.ts';
import type { Auth } from './auth.ts';
import { anonymous, type Machine, type Person, type Principal } from './principal.ts';
import { parseSecret, sameText, sha256 } from './secret.ts';

export interface PresentedCredentials {
  /** Every Authorization header of the request: more than one is refused. */
  authorization: readonly string[];
  /** The session cookie's value, if it may count for this request. */
  sessionCookie: string | undefined;
}

const refuse = (detail: string) => new AppError('UNAUTHENTICATED', { detail });

/**
 * Who is calling? The Authorization header decides where there is one; a session cookie counts only without it.
 * @throws AppError UNAUTHENTICATED for any header that does not hold a live API key, access token, or session;
 *   SERVICE_UNAVAILABLE when the database cannot be asked.
 */
export async function authenticate(auth: Auth, presented: PresentedCredentials): Promise<Principal> {
  if (presented.authorization.length > 0) {
    return auth.refuseMachines(() => authenticateHeader(auth, presented.authorization));
  }
  if (presented.sessionCookie === undefined) return anonymous;
  return (await findPerson(auth, presented.sessionCookie)) ?? { kind: 'anonymous', staleSession: true };
}

async function authenticateHeader(auth: Auth, headers: readonly string[]): Promise<Principal> {
  const token = headers.length === 1 ? presentedToken(headers[0] as string) : undefined;
  if (token === undefined) throw refuse('the Authorization header is not one bearer token or API key');
  if (token.startsWith('lk_key_')) return authenticateApiKey(auth, token);
  if (!token.startsWith('lk_')) return authenticateAccessToken(auth, token);
  const person = await findPerson(auth, token);
  if (!person) throw refuse('session unknown, ended, or of an account that is not active');
  return person;
}

// RFC 6750 2.1: "Bearer" in any case, one or more spaces, a b64token; or a bare API key, as the product documents.
function presentedToken(header: string): string | undefined {
  return /^(?:bearer +)?([\w.~+/-]+=*)$/i.exec(header)?.[1];
}

async function authenticateApiKey(auth: Auth, apiKey: string): Promise<Machine> {
  const id = parseSecret(auth.keys, 'key', apiKey);
  if (id === undefined) throw refuse('API key: forged or mistyped');
  const state = await auth.credentialState(id);
  if (!state?.live) throw refuse(`API key: ${notLiveBecause(state)}`);
  if (state.authenticationType !== 'API_KEY') throw refuse('API key: not of an API key credential');
  if (!(await matchesSecret(auth, apiKey, state))) throw refuse('API key: does not match');
  return machine(auth, state, state.scopes, undefined);
}

async function authenticateAccessToken(auth: Auth, token: string): Promise<Machine> {
  const facts = await auth.accessTokens.verify(token);
  const state = await auth.credentialState(facts.clientId);
  if (!state?.live) throw refuse(`access token: its client is ${notLiveBecause(state)}`);
  if (!state.acceptedKids.includes(facts.kid)) throw refuse('access token: its signing key is retired');
  const scopes = facts.scopes.filter((scope) => state.scopes.includes(scope));
  return machine(auth, state, scopes, facts.expiresAt);
}

/** For the log, which alone tells these apart. */
export function notLiveBecause(state: CredentialState | undefined): string {
  if (!state) return 'unknown';
  return state.revoked ? 'revoked' : 'suspended';
}

/** Whether a presented secret, whose tag is right, is one of the credential's. */
export async function matchesSecret(auth: Auth, presented: string, state: CredentialState): Promise<boolean> {
  for (const hash of state.hashes) if (await auth.secrets.verify(presented, hash)) return true;
  return false;
}

function machine(
  auth: Auth,
  state: CredentialState,
  scopes: readonly string[],
  tokenExpiresAt: number | undefined,
): Machine {
  auth.credentialUse.record(state.organizationId, state.id);
  return {
    kind: 'machine',
    organizationId: state.organizationId,
    credentialId: state.id,
    scopes: inCatalogueOrder(scopes.filter(isScopeValue)),
    tokenExpiresAt,
  };
}

async function findPerson(auth: Auth, token: string): Promise<Person | undefined> {
  const id = parseSecret(auth.keys, 'ses', token);
  if (id === undefined) return undefined;
  const state = await auth.sessionState(id);
  if (!state?.live || !sameText(state.tokenHash, sha256(token))) return undefined;
  if (Date.parse(state.expiresAt) <= auth.now().getTime()) return undefined;
  const { organizationId, accountId, role } = state;
  return { kind: 'person', organizationId, accountId, role, sessionId: id };
}
