// Cross-origin calls by browsers: closed, but for origins that the configuration names exactly.

/** The CORS headers of a reply. `Vary` is there for every caller once any origin is allowed, for the sake of caches. */
export function corsHeaders(origin: string | undefined, allowed: readonly string[]): Record<string, string> {
  if (allowed.length === 0) return {};
  if (origin === undefined || !allowed.includes(origin)) return { Vary: 'Origin' };
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'X-Request-Id, WWW-Authenticate, Retry-After, Allow',
  };
}

/** What a preflight learns on top of `corsHeaders`, when its origin is allowed. */
export const preflightHeaders = (methods: readonly string[]): Record<string, string> => ({
  'Access-Control-Allow-Methods': methods.join(', '),
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, X-Request-Id',
  'Access-Control-Max-Age': '600',
});
