// POST /oauth/v1/token: the client credentials grant (RFC 6749 section 4.4). The request and the reply are its business;
// who the client is and what its token may do is decided by the injected `issueToken`.

import type { PresentedClient } from '../auth/client-authentication.ts';
import { AppError } from '../errors.ts';
import { presentedClient } from './client-authentication.ts';
import type { HttpReply, HttpRequest, Routes } from './exchange.ts';
import { invalidRequest, OAuthError, oauthErrorReply, oauthReply } from './oauth-error.ts';
import { checkScopeSyntax, type OAuthParameters, readOAuthParameters, single } from './oauth-parameters.ts';

export interface TokenRequest {
  readonly client: PresentedClient;
  /** As requested: scope tokens with a space between. Undefined: the default. */
  readonly scope: string | undefined;
  /** Absolute URIs (RFC 8707). */
  readonly resource: readonly string[];
}

export interface IssuedToken {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  /** What was granted, always told (section 5.1). */
  readonly scope: string;
}

export interface OAuthTokenOptions {
  /** @throws AppError INVALID_CLIENT, INVALID_SCOPE, INVALID_TARGET, BAD_USER_INPUT, RATE_LIMITED, SERVICE_UNAVAILABLE */
  readonly issueToken: (asked: TokenRequest, request: HttpRequest) => Promise<IssuedToken>;
}

/** The token endpoint. Every answer, errors included, is flat JSON that may not be kept (sections 5.1 and 5.2). */
export const oauthTokenRoute = (options: OAuthTokenOptions): Routes => ({
  '/oauth/v1/token': {
    POST: (request) => tokenReply(options, request),
    problem: oauthErrorReply,
  },
});

async function tokenReply({ issueToken }: OAuthTokenOptions, request: HttpRequest): Promise<HttpReply> {
  const parameters = await readOAuthParameters(request, ['grant_type', 'scope', 'resource']);
  checkGrantType(parameters);
  const client = presentedClient(request, parameters);
  const scope = single(parameters, 'scope');
  checkScopeSyntax(scope);
  const resource = parameters.get('resource') ?? [];
  checkResources(resource);
  const issued = await issueToken({ client, scope, resource }, request);
  return oauthReply(200, {
    access_token: issued.accessToken,
    token_type: 'Bearer',
    expires_in: issued.expiresInSeconds,
    scope: issued.scope,
  });
}

function checkGrantType(parameters: OAuthParameters): void {
  const grantType = single(parameters, 'grant_type');
  if (grantType === undefined) {
    throw invalidRequest('The parameter grant_type is missing. Send grant_type=client_credentials.');
  }
  if (grantType === 'client_credentials') return;
  throw new OAuthError(
    'unsupported_grant_type',
    'The grant type is not supported. Send grant_type=client_credentials.',
  );
}

/** A resource is an absolute URI without a fragment (RFC 8707 section 2). */
function checkResources(resources: readonly string[]): void {
  if (resources.every((resource) => URL.canParse(resource) && !resource.includes('#'))) return;
  throw new AppError('INVALID_TARGET', {
    sentence: 'A resource is not an absolute URI without a fragment. Correct it or leave it out.',
  });
}
