// The client credentials grant (RFC 6749 section 4.4): a client id and secret for a short-lived access token.

import type { CredentialState } from '../db/credentials.ts';
import { AppError } from '../errors.ts';
import { inCatalogueOrder, isScopeValue, type ScopeValue } from '../scopes.ts';
import type { IssuedToken } from './access-token.ts';
import type { Auth } from './auth.ts';
import { matchesSecret } from './authenticate.ts';
import { parseSecret } from './secret.ts';
import { machineHoldMs, refusedUniformly } from './uniform-refusal.ts';

export interface TokenRequest {
  clientId: string;
  clientSecret: string;
  /** Scope values; absent or empty: all that the credential has. */
  scopes?: readonly string[] | undefined;
}

/**
 * Issues an access token. Unknown client, wrong secret, revoked, suspended, and wrong type are one answer, at one time
 * after the request began. Writes nothing.
 * @throws AppError INVALID_CLIENT; INVALID_SCOPE for a scope that is unknown or not granted (never silently narrowed
 *   to less, never widened); SERVICE_UNAVAILABLE when the database cannot be asked.
 */
export async function clientCredentialsToken(auth: Auth, request: TokenRequest): Promise<IssuedToken> {
  const state = await refusedUniformly(machineHoldMs, () => authenticateClient(auth, request));
  const scopes = grantedScopes(state, request.scopes ?? []);
  const token = await auth.accessTokens.issue(state.id, scopes, state.acceptedKids);
  auth.credentialUse.record(state.organizationId, state.id);
  return token;
}

async function authenticateClient(auth: Auth, request: TokenRequest): Promise<CredentialState> {
  const refuse = (detail: string) => new AppError('INVALID_CLIENT', { detail: `token refused: ${detail}` });
  const id = parseSecret(auth.keys, 'sec', request.clientSecret);
  if (id === undefined) throw refuse('the client secret is forged or mistyped');
  if (id !== request.clientId) throw refuse('the client secret is not of this client id');
  const state = await auth.credentialState(id);
  if (!state?.live) throw refuse(state ? 'the client is revoked or suspended' : 'the client is unknown');
  if (state.authenticationType !== 'OAUTH2_CLIENT_CREDENTIALS') throw refuse('not an OAuth client');
  if (!(await matchesSecret(auth, request.clientSecret, state)))
    throw refuse('the client secret does not match');
  return state;
}

function grantedScopes(state: CredentialState, requested: readonly string[]): ScopeValue[] {
  const held = inCatalogueOrder(state.scopes.filter(isScopeValue));
  if (held.length === 0)
    throw new AppError('INVALID_SCOPE', { detail: 'the credential has no scope known here' });
  if (requested.length === 0) return held;
  const granted = inCatalogueOrder(requested).filter((scope) => held.includes(scope));
  if (granted.length !== new Set(requested).size) {
    throw new AppError('INVALID_SCOPE', { detail: `${state.id} asked for a scope that it does not have` });
  }
  return granted;
}
