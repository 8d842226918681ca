// POST /oauth/v1/introspect (RFC 7662): resource servers ask what a token is worth now. Whoever asks is authenticated,
// by client id and secret or by an API key or access token, so that nobody tries out tokens unseen.

import type { PresentedCaller } from '../auth/introspection.ts';
import { presentedClient } from './client-authentication.ts';
import type { HttpRequest, Routes } from './exchange.ts';
import { invalidRequest, oauthErrorReply, oauthReply } from './oauth-error.ts';
import { type OAuthParameters, readOAuthParameters, requiredToken } from './oauth-parameters.ts';

export interface OAuthIntrospectionOptions {
  /**
   * What is to be told of an active token; undefined for every other.
   * @throws AppError INVALID_CLIENT, UNAUTHENTICATED, SERVICE_UNAVAILABLE
   */
  readonly introspect: (
    caller: PresentedCaller,
    token: string,
    request: HttpRequest,
  ) => Promise<object | undefined>;
}

export const oauthIntrospectionRoute = ({ introspect }: OAuthIntrospectionOptions): Routes => ({
  '/oauth/v1/introspect': {
    POST: async (request) => {
      const parameters = await readOAuthParameters(request, ['token', 'token_type_hint']);
      const token = requiredToken(parameters);
      const active = await introspect(presentedCaller(request, parameters), token, request);
      return oauthReply(200, { active: active !== undefined, ...active });
    },
    problem: oauthErrorReply,
  },
});

/** How a caller says who it is; see section 2.1. */
function presentedCaller(request: HttpRequest, parameters: OAuthParameters): PresentedCaller {
  const { authorization } = request.headers;
  if (authorization === undefined || /^basic\b/i.test(authorization))
    return presentedClient(request, parameters);
  if (parameters.has('client_secret') || parameters.has('client_assertion')) {
    throw invalidRequest('The caller authenticates twice. Use either the Authorization header or the body.');
  }
  return { authorization };
}
