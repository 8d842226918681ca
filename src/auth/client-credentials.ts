// The client credentials grant (RFC 6749 section 4.4): a client id and secret for a short-lived access token.

import type { CredentialState } from '../db/credentials.ts';
import { AppError } from '../errors.ts';
import {
  type ApiProductName,
  inCatalogueOrder,
  isScopeValue,
  productsOf,
  type ScopeValue,
} from '../scopes.ts';
import type { IssuedToken } from './access-token.ts';
import type { Auth } from './auth.ts';
import { matchesSecret, notLiveBecause } from './authenticate.ts';
import { parseSecret } from './secret.ts';
import { machineHoldMs, refusedUniformly } from './uniform-refusal.ts';

export interface TokenRequest {
  clientId: string;
  clientSecret: string;
  /** Scope values; absent or empty: all that the credential has. */
  scopes?: readonly string[] | undefined;
  /** Where no scopes are named, only those of these products; absent or empty: of any. */
  products?: readonly ApiProductName[] | undefined;
}

/**
 * Issues an access token. Unknown client, wrong secret, revoked, suspended, and wrong type are one answer, at one time
 * after the request began. Writes nothing.
 * @throws AppError INVALID_CLIENT; INVALID_SCOPE for a scope that is unknown or not granted (never silently narrowed
 *   to less, never widened); SERVICE_UNAVAILABLE when the database cannot be asked.
 */
export async function clientCredentialsToken(auth: Auth, request: TokenRequest): Promise<IssuedToken> {
  const state = await refusedUniformly(machineHoldMs, () => authenticateClient(auth, request));
  const scopes = grantedScopes(state, request);
  const token = await auth.accessTokens.issue(state.id, scopes, state.acceptedKids);
  auth.credentialUse.record(state.organizationId, state.id);
  return token;
}

/** @throws AppError INVALID_CLIENT; call it under `refusedUniformly`. */
export async function authenticateClient(
  auth: Auth,
  request: Pick<TokenRequest, 'clientId' | 'clientSecret'>,
): Promise<CredentialState> {
  const refuse = (detail: string) => new AppError('INVALID_CLIENT', { detail: `token refused: ${detail}` });
  const id = parseSecret(auth.keys, 'sec', request.clientSecret);
  if (id === undefined) throw refuse('the client secret is forged or mistyped');
  if (id !== request.clientId) throw refuse('the client secret is not of this client id');
  const state = await auth.credentialState(id);
  if (!state?.live) throw refuse(`the client is ${notLiveBecause(state)}`);
  if (state.authenticationType !== 'OAUTH2_CLIENT_CREDENTIALS') throw refuse('not an OAuth client');
  if (!(await matchesSecret(auth, request.clientSecret, state)))
    throw refuse('the client secret does not match');
  return state;
}

function grantedScopes(
  state: CredentialState,
  { scopes: requested = [], products = [] }: TokenRequest,
): ScopeValue[] {
  const held = inCatalogueOrder(state.scopes.filter(isScopeValue));
  const offered =
    products.length === 0
      ? held
      : held.filter((scope) => productsOf([scope]).some((one) => products.includes(one)));
  const granted =
    requested.length === 0 ? offered : inCatalogueOrder(requested).filter((scope) => held.includes(scope));
  if (granted.length > 0 && (requested.length === 0 || granted.length === new Set(requested).size))
    return granted;
  throw new AppError('INVALID_SCOPE', { detail: `${state.id} asked for a scope that it does not have` });
}
