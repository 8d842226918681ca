// Replies of the OAuth endpoints, errors above all: the flat JSON of RFC 6749 section 5.2, with the codes of the RFC.

import { AppError, type ErrorCode } from '../errors.ts';
import type { HttpReply } from './exchange.ts';

/** `temporarily_unavailable` is borrowed from section 4.1.2.1: section 5.2 has no code for "try again later". */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_token'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'temporarily_unavailable'
  | 'server_error';

/** A request that breaks the protocol itself, with a code that the error table does not have. */
export class OAuthError extends AppError {
  readonly oauthCode: OAuthErrorCode;

  constructor(oauthCode: OAuthErrorCode, sentence: string) {
    super('BAD_USER_INPUT', { sentence, detail: `${oauthCode}: ${sentence}` });
    this.name = 'OAuthError';
    this.oauthCode = oauthCode;
  }
}

export const invalidRequest = (sentence: string): OAuthError => new OAuthError('invalid_request', sentence);

const oauthCodes: Partial<Record<ErrorCode, OAuthErrorCode>> = {
  INVALID_CLIENT: 'invalid_client',
  UNAUTHENTICATED: 'invalid_token',
  FORBIDDEN: 'unauthorized_client',
  INVALID_SCOPE: 'invalid_scope',
  INVALID_TARGET: 'invalid_target',
  RATE_LIMITED: 'temporarily_unavailable',
  SERVICE_UNAVAILABLE: 'temporarily_unavailable',
  INTERNAL: 'server_error',
};

/**
 * The reply to a refused request. It holds nothing of the request, so that an unknown client, a wrong secret, and a
 * revoked credential get the same bytes; the request id is in its header alone.
 */
export function oauthErrorReply(error: AppError): HttpReply {
  const code = error instanceof OAuthError ? error.oauthCode : (oauthCodes[error.code] ?? 'invalid_request');
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = String(error.retryAfterSeconds);
  // RFC 9110 section 15.5.2 wants a challenge with every 401, whichever way the client authenticated.
  if (error.status === 401) headers['WWW-Authenticate'] = challenge(error);
  return oauthReply(error.status, { error: code, error_description: describable(error.sentence) }, headers);
}

/** By Basic to clients, and by Bearer to who presented a key or token (RFC 6750 section 3.1). */
const challenge = (error: AppError): string =>
  error.code === 'UNAUTHENTICATED'
    ? 'Bearer realm="latchkey", error="invalid_token"'
    : 'Basic realm="latchkey", charset="UTF-8"';

/** A reply that nothing on the way may keep (RFC 6749 section 5.1). */
export const oauthReply = (
  status: number,
  value: object,
  headers: Record<string, string> = {},
): HttpReply => ({
  status,
  headers: {
    'Content-Type': 'application/json;charset=UTF-8',
    'Cache-Control': 'no-store',
    Pragma: 'no-cache',
    ...headers,
  },
  body: JSON.stringify(value),
});

/** error_description may hold `%x20-21 / %x23-5B / %x5D-7E` only. */
const describable = (sentence: string): string =>
  sentence.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?');
