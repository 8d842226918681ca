// GET /rest/v1/auth/test: does this API key or access token work, and what does it open? The product's address, with its
// `Message` and its flat errors; what stands beside `Message` is ours.

import type { AppError } from '../errors.ts';
import type { HttpReply, HttpRequest, Routes } from './exchange.ts';
import { jsonReply } from './json.ts';
import { problemHeaders } from './problem.ts';

/** Who presented the key or token, as things stand now. */
export interface TestedCredential {
  readonly id: string;
  readonly name: string;
  readonly authenticationType: string;
  readonly scopes: readonly string[];
  /** ISO 8601; null for an API key, which does not run out. */
  readonly tokenExpiresAt: string | null;
}

export interface TestAuthOptions {
  /** @throws AppError UNAUTHENTICATED, SERVICE_UNAVAILABLE */
  readonly test: (request: HttpRequest) => Promise<TestedCredential>;
}

export const testAuthRoute = ({ test }: TestAuthOptions): Routes => ({
  '/rest/v1/auth/test': {
    GET: async (request) => {
      const { id, name, authenticationType, scopes, tokenExpiresAt } = await test(request);
      const credential = { id, name, authenticationType };
      return jsonReply(200, { Message: 'Authentication succeeded.', credential, scopes, tokenExpiresAt });
    },
    problem: refusal,
  },
});

/** `{ "code", "message" }` at the top, as the product documents it for this address. */
function refusal(error: AppError, request: HttpRequest): HttpReply {
  const { code, sentence: message, status } = error;
  return jsonReply(status, { code, message, requestId: request.requestId }, problemHeaders(error, request));
}
