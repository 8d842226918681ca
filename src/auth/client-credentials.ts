// The client credentials grant (RFC 6749 section 4.4): an authenticated client gets a short-lived access token.

import type { CredentialState } from '../db/credentials.ts';
import { AppError } from '../errors.ts';
import { inCatalogueOrder, productOf, productOfResource, productsOf, type ScopeValue } from '../scopes.ts';
import type { IssuedToken } from './access-token.ts';
import type { Auth } from './auth.ts';
import { checkRateLimits, type RateLimitState } from './rate-limits.ts';

export interface TokenRequest {
  /** Scope values; absent or empty: all that the credential has. */
  scopes?: readonly string[] | undefined;
  /** Absolute URIs of what the token is for (RFC 8707); absent or empty: of the products of its scopes. */
  resources?: readonly string[] | undefined;
  /** Told what the request found of each limit, before it is refused for one. */
  onCounted?: (states: readonly RateLimitState[]) => void;
}

/**
 * Issues an access token to an authenticated client. Writes nothing.
 * @throws AppError INVALID_SCOPE for a scope that is unknown or not granted (never silently narrowed
 *   to less, never widened); INVALID_TARGET for a resource that is not ours, or not of these scopes; RATE_LIMITED;
 *   SERVICE_UNAVAILABLE when the database cannot be asked.
 */
export async function clientCredentialsToken(
  auth: Auth,
  client: CredentialState,
  request: TokenRequest,
): Promise<IssuedToken> {
  const { id: credentialId, organizationId } = client;
  const states = await auth.rateLimits.count({ credentialId, organizationId });
  request.onCounted?.(states);
  checkRateLimits(states);
  const scopes = grantedScopes(client, request, auth.issuer);
  const token = await auth.accessTokens.issue(client.id, scopes, client.acceptedKids);
  auth.credentialUse.record(organizationId, credentialId);
  return token;
}

/**
 * The scopes asked for, or else all of the resources named, or else all. With resources, the token is for exactly
 * these (RFC 8707): each has a scope in it, and no scope is of another.
 */
function grantedScopes(state: CredentialState, request: TokenRequest, issuer: string): ScopeValue[] {
  const { scopes: requested = [], resources = [] } = request;
  const refuse = (code: 'INVALID_SCOPE' | 'INVALID_TARGET') =>
    new AppError(code, { detail: `${state.id} asked for what it does not have` });
  const products = new Set(resources.map((uri) => productOfResource(issuer, uri)));
  if (products.has(undefined)) throw refuse('INVALID_TARGET');
  const isMeant = (scope: ScopeValue) => resources.length === 0 || products.has(productOf(scope));
  const held = inCatalogueOrder(state.scopes);
  const granted =
    requested.length === 0
      ? held.filter(isMeant)
      : inCatalogueOrder(requested).filter((scope) => held.includes(scope));
  if (requested.length > 0 && granted.length < new Set(requested).size) throw refuse('INVALID_SCOPE');
  if (!granted.every(isMeant)) throw refuse('INVALID_TARGET');
  if (resources.length > 0 && productsOf(granted).length < products.size) throw refuse('INVALID_TARGET');
  if (granted.length === 0) throw refuse('INVALID_SCOPE');
  return granted;
}
