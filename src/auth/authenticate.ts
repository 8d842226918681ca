// Authorization header or session cookie → Principal. A bad credential is UNAUTHENTICATED, never anonymous, and the
// state of a good one is read from the database on every request.

import type { CredentialState } from '../db/credentials.ts';
import { AppError, type RefusalReason, type Subject } from '../errors.ts';
import {
  type ApiProductName,
  apiProducts,
  inCatalogueOrder,
  isScopeValue,
  type ScopeValue,
} from '../scopes.ts';
import type { TokenFacts } from './access-token.ts';
import type { Auth } from './auth.ts';
import { anonymous, type Machine, type Person, type Principal } from './principal.ts';
import { sameText, sha256 } from './secret.ts';

export interface PresentedCredentials {
  /** The Authorization header. */
  authorization: string | undefined;
  /** The session cookie's value, if it may count for this request. */
  sessionCookie: string | undefined;
  /** The products whose access tokens are good here (RFC 9068 section 4); absent: the Data API. */
  products?: readonly ApiProductName[];
}

const refuse = (reason: RefusalReason, detail: string, state?: CredentialState) =>
  new AppError('UNAUTHENTICATED', { reason, detail, subject: subjectOf(state) });

/**
 * Who is calling? The Authorization header decides where there is one; a session cookie counts only without it.
 * @throws AppError UNAUTHENTICATED for any header that does not hold a live API key, access token, or session;
 *   SERVICE_UNAVAILABLE when the database cannot be asked.
 */
export function authenticate(auth: Auth, presented: PresentedCredentials): Promise<Principal> {
  return presented.authorization === undefined
    ? authenticateCookie(auth, presented.sessionCookie)
    : auth.refuseMachines(() => authenticateHeader(auth, presented));
}

async function authenticateCookie(auth: Auth, cookie: string | undefined): Promise<Principal> {
  if (cookie === undefined) return anonymous;
  return (await findPerson(auth, cookie)) ?? { kind: 'anonymous', staleSession: true };
}

/** Call it under `refuseMachines`. @throws AppError UNAUTHENTICATED, SERVICE_UNAVAILABLE */
export async function authenticateHeader(
  auth: Auth,
  { authorization, products = ['DATA_API'] }: PresentedCredentials,
): Promise<Principal> {
  const token = presentedToken(authorization);
  if (token === undefined)
    throw refuse('malformed', 'the Authorization header is not a bearer token or API key');
  if (token.startsWith('lk_ses_')) {
    const person = await findPerson(auth, token);
    if (!person) throw refuse('session', 'session unknown, ended, or of an account that is not active');
    return person;
  }
  const machine = await authenticateMachine(auth, token);
  const audience = products.map((product) => auth.issuer + apiProducts[product].resourcePath);
  if (machine.facts && !machine.facts.audience.some((one) => audience.includes(one)))
    throw refuse('resource', 'access token: it is for another resource', machine.state);
  return principalOf(auth, machine);
}

// RFC 6750 2.1: "Bearer" in any case, one or more spaces, a b64token; or a bare API key, as the product documents.
function presentedToken(header = ''): string | undefined {
  return /^(?:bearer +|(?=lk_key_))([\w.~+/-]+=*)$/i.exec(header)?.[1];
}

/** A live API key or access token, for whichever resource. */
export interface AuthenticatedMachine {
  state: CredentialState;
  /** What it may do now. */
  scopes: ScopeValue[];
  /** What an access token says; undefined for an API key. */
  facts: TokenFacts | undefined;
}

/**
 * Checks an API key or access token as things stand now: the one place that decides whether it is live.
 * @throws AppError UNAUTHENTICATED, SERVICE_UNAVAILABLE
 */
export function authenticateMachine(auth: Auth, token: string): Promise<AuthenticatedMachine> {
  return token.startsWith('lk_') ? authenticateApiKey(auth, token) : authenticateAccessToken(auth, token);
}

async function authenticateApiKey(auth: Auth, apiKey: string): Promise<AuthenticatedMachine> {
  if (!apiKey.startsWith('lk_key_')) throw refuse('malformed', 'neither an API key nor an access token');
  const secret = auth.secrets.read('key', apiKey);
  if (!secret) throw refuse('forged', 'API key: forged or mistyped');
  const state = await auth.credentialState(secret.id);
  if (!state?.live) throw refuse(notLiveBecause(state), `API key: ${notLiveBecause(state)}`, state);
  if (state.authenticationType !== 'API_KEY')
    throw refuse('wrong', 'API key: not of an API key credential', state);
  if (!(await auth.secrets.matches(secret, state.hashes)))
    throw refuse('wrong', 'API key: does not match', state);
  return { state, scopes: inCatalogueOrder(state.scopes.filter(isScopeValue)), facts: undefined };
}

async function authenticateAccessToken(auth: Auth, token: string): Promise<AuthenticatedMachine> {
  const facts = await auth.accessTokens.verify(token);
  const state = await auth.tokenState(facts.clientId, facts.jti);
  if (!state?.live)
    throw refuse(notLiveBecause(state), `access token: its client is ${notLiveBecause(state)}`, state);
  if (!state.acceptedKids.includes(facts.kid))
    throw refuse('retired_signing_key', 'access token: its signing key is retired', state);
  if (state.revokedTokens.includes(facts.jti)) throw refuse('revoked', 'access token: revoked', state);
  const scopes = inCatalogueOrder(facts.scopes.filter((scope) => state.scopes.includes(scope)));
  return { state, scopes, facts };
}

/** Whose secret or token it is, for the log. */
export const subjectOf = (state: CredentialState | undefined): Subject | undefined =>
  state && { organizationId: state.organizationId, credentialId: state.id };

/** For the log and the metrics, which alone tell these apart. */
export function notLiveBecause(state: CredentialState | undefined): 'unknown' | 'revoked' | 'suspended' {
  if (!state) return 'unknown';
  return state.revoked ? 'revoked' : 'suspended';
}

function principalOf(auth: Auth, { state, scopes, facts }: AuthenticatedMachine): Machine {
  const { organizationId, id, authenticationType, name, organizationName, organizationSlug } = state;
  auth.credentialUse.record(organizationId, id);
  const names = { credential: name, organization: organizationName, organizationSlug };
  const tokenExpiresAt = facts?.expiresAt;
  return {
    kind: 'machine',
    organizationId,
    credentialId: id,
    names,
    authenticationType,
    scopes,
    tokenExpiresAt,
  };
}

async function findPerson(auth: Auth, token: string): Promise<Person | undefined> {
  const id = auth.secrets.read('ses', token)?.id;
  if (id === undefined) return undefined;
  const state = await auth.sessionState(id);
  if (!state?.live || !sameText(state.tokenHash, sha256(token))) return undefined;
  if (Date.parse(state.expiresAt) <= auth.now().getTime()) return undefined;
  const { organizationId, accountId, role } = state;
  return { kind: 'person', organizationId, accountId, role, sessionId: id };
}
