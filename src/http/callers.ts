// Who sends a request: asked of the house's auth, and noted on the request for the log and for whoever it meets next.

import type { Auth } from '../auth/auth.ts';
import { authenticate } from '../auth/authenticate.ts';
import { authenticateClient, type PresentedClient } from '../auth/client-authentication.ts';
import { machineCaller } from '../auth/machine-caller.ts';
import type { Origin, Principal } from '../auth/principal.ts';
import { checkRateLimits } from '../auth/rate-limits.ts';
import { readSessionCookie } from '../auth/session-cookie.ts';
import type { CredentialState } from '../db/credentials.ts';
import type { HttpRequest } from './exchange.ts';
import { tellLimits } from './rate-limit-headers.ts';
import type { TestedCredential } from './test-auth.ts';

/** Where a request came from, for the audit trail. */
export const originOf = ({ address, headers, requestId }: HttpRequest): Origin => ({
  address,
  userAgent: headers['user-agent'],
  requestId,
});

/** The credential that a request presents, for whoever tries it out. @throws AppError UNAUTHENTICATED */
export async function testedCredential(auth: Auth, request: HttpRequest): Promise<TestedCredential> {
  const caller = await machineCaller(auth, request.headers.authorization);
  request.noteCaller(caller);
  const { credentialId: id, names, authenticationType, scopes, tokenExpiresAt: seconds } = caller;
  const tokenExpiresAt = seconds === undefined ? null : new Date(seconds * 1000).toISOString();
  return { id, name: names.credential, authenticationType, scopes, tokenExpiresAt };
}

/** The OAuth client that sends a request. @throws AppError INVALID_CLIENT */
export async function clientOf(
  auth: Auth,
  request: HttpRequest,
  presented: PresentedClient,
): Promise<CredentialState> {
  const client = await authenticateClient(auth, presented);
  const caller = { organizationId: client.organizationId, credentialId: client.id };
  if (request.headers.authorization === undefined) request.noteProvenInBody(caller);
  else request.noteCaller(caller);
  return client;
}

/**
 * Who sends a request, as things stand at the moment of asking. A request counts once, however often one asks.
 * @throws AppError UNAUTHENTICATED, RATE_LIMITED
 */
export function callerOf(auth: Auth): (request: HttpRequest) => Promise<Principal> {
  return async (request) => {
    const principal = await authenticate(auth, {
      authorization: request.headers.authorization,
      sessionCookie: readSessionCookie(auth.issuer, request.headers),
    });
    request.noteCaller(principal.kind === 'anonymous' ? undefined : principal);
    if (principal.kind === 'machine' && request.replyHeaders.RateLimit === undefined) {
      const states = await auth.rateLimits.count(principal);
      tellLimits(request, states);
      checkRateLimits(states);
    }
    return principal;
  };
}
