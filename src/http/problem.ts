// Turns anything thrown into what the outside may see of it.
// Only an AppError's sentence leaves the process; everything else is INTERNAL.

import type { AppError } from '../errors.ts';
import type { HttpReply, HttpRequest } from './exchange.ts';
import { jsonReply } from './json.ts';

/**
 * Retry-After, and the bearer challenge that RFC 6750 section 3 asks for: with 401, with missing scopes, and with two
 * Authorization headers.
 */
export function problemHeaders(error: AppError, request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = String(error.retryAfterSeconds);
  const challenge = bearerChallenge(error, request);
  if (challenge) headers['WWW-Authenticate'] = challenge;
  return headers;
}

/** A caller who presented nothing is told of no error code (RFC 6750 section 3.1). */
function bearerChallenge(error: AppError, request: HttpRequest): string | undefined {
  const { missingScopes, status } = error;
  const parameters: Record<string, string | undefined> = { realm: 'latchkey' };
  if (missingScopes.length > 0) {
    parameters.error = 'insufficient_scope';
    parameters.scope = missingScopes.join(' ');
  } else if (status === 400 && request.hasSecondAuthorization) parameters.error = 'invalid_request';
  else if (status !== 401) return undefined;
  else if (request.headers.authorization !== undefined) parameters.error = 'invalid_token';
  // Where to learn who issues tokens (RFC 9728 section 5.1).
  parameters.resource_metadata = request.resourceMetadata;
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return `Bearer ${pairs.map(([name, value]) => `${name}="${value}"`).join(', ')}`;
}

/** The reply of a plain route to an error: `{ "error": { "code", "message", "position"?, "requestId" } }`. */
export function problemReply(error: AppError, request: HttpRequest): HttpReply {
  const { code, sentence: message, position } = error;
  const body = { error: { code, message, position, requestId: request.requestId } };
  return jsonReply(error.status, body, problemHeaders(error, request));
}
