// POST /oauth/v1/revoke (RFC 7009): a client revokes one of its access tokens. Tokens that are unknown, have run out, or
// were revoked before get the same 200, because the client has what it wants.

import type { PresentedClient } from '../auth/client-authentication.ts';
import { presentedClient } from './client-authentication.ts';
import type { HttpRequest, Routes } from './exchange.ts';
import { OAuthError, oauthErrorReply, oauthReply } from './oauth-error.ts';
import { readOAuthParameters, requiredToken } from './oauth-parameters.ts';

export interface OAuthRevocationOptions {
  /** @throws AppError INVALID_CLIENT, SERVICE_UNAVAILABLE */
  readonly revoke: (
    client: PresentedClient,
    token: string,
    request: HttpRequest,
  ) => Promise<'DONE' | 'OF_ANOTHER_CLIENT' | 'NOT_AN_ACCESS_TOKEN'>;
}

export const oauthRevocationRoute = ({ revoke }: OAuthRevocationOptions): Routes => ({
  '/oauth/v1/revoke': {
    POST: async (request) => {
      const parameters = await readOAuthParameters(request, ['token', 'token_type_hint']);
      const token = requiredToken(parameters);
      const revocation = await revoke(presentedClient(request, parameters), token, request);
      if (revocation !== 'DONE') throw refusals[revocation]();
      // Clients ignore the body (section 2.2), but some of them refuse one that is not JSON.
      return oauthReply(200, {});
    },
    problem: oauthErrorReply,
  },
});

/** Section 2.1: a token of another client is refused, and the client is told. */
const refusals = {
  OF_ANOTHER_CLIENT: () =>
    new OAuthError(
      'unauthorized_client',
      'The token was issued to another client, and only that client can revoke it.',
    ),
  NOT_AN_ACCESS_TOKEN: () =>
    new OAuthError(
      'unsupported_token_type',
      'Only access tokens are revoked here. Revoke the credential of a key or secret instead.',
    ),
};
