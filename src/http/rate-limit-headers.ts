// The RateLimit header fields of draft-ietf-httpapi-ratelimit-headers: what is allowed, and what is left of it.

import type { RateLimitState } from '../auth/rate-limits.ts';
import type { HttpRequest } from './exchange.ts';

/** Has the reply tell what its request found of each limit. */
export function tellLimits({ replyHeaders }: HttpRequest, states: readonly RateLimitState[]): void {
  Object.assign(replyHeaders, rateLimitHeaders(states));
}

/** `RateLimit-Policy` and `RateLimit`, as lists of structured fields; nothing where no limit is set. */
function rateLimitHeaders(states: readonly RateLimitState[]): Record<string, string> {
  if (states.length === 0) return {};
  const policies = states.map(
    ({ policy, limit, windowSeconds }) => `"${policy}";q=${limit};w=${windowSeconds}`,
  );
  const left = states.map(
    ({ policy, remaining, resetSeconds }) => `"${policy}";r=${Math.max(0, remaining)};t=${resetSeconds}`,
  );
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: left.join(', ') };
}
