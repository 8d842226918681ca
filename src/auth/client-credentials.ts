// The client credentials grant (RFC 6749 section 4.4): an authenticated client gets a short-lived access token.

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
import { authenticateClient, type PresentedClient } from './client-authentication.ts';

export interface TokenRequest {
  client: PresentedClient;
  /** Scope values; absent or empty: all that the credential has. */
  scopes?: readonly string[] | undefined;
  /** Where no scopes are named, only those of these products; absent or empty: of any. */
  products?: readonly ApiProductName[] | undefined;
}

/**
 * Issues an access token. Writes nothing.
 * @throws AppError INVALID_CLIENT; INVALID_SCOPE for a scope that is unknown or not granted (never silently narrowed
 *   to less, never widened); SERVICE_UNAVAILABLE when the database cannot be asked.
 */
export async function clientCredentialsToken(auth: Auth, request: TokenRequest): Promise<IssuedToken> {
  const state = await authenticateClient(auth, request.client);
  const scopes = grantedScopes(state, request);
  const token = await auth.accessTokens.issue(state.id, scopes, state.acceptedKids);
  auth.credentialUse.record(state.organizationId, state.id);
  return token;
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
