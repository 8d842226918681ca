// Cross-origin calls by browsers: closed, but for origins that the configuration names exactly, and for the public
// documents under /.well-known/, which are the same for everyone (RFC 9700 section 2.6).

const isPublic = (path: string): boolean => path.startsWith('/.well-known/');

/** The CORS headers of a reply. `Vary` is there for every caller once any origin is allowed, for the sake of caches. */
export function corsHeaders(
  path: string,
  origin: string | undefined,
  allowed: readonly string[],
): Record<string, string> {
  if (isPublic(path))
    return { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'ETag, X-Request-Id' };
  if (allowed.length === 0) return {};
  if (origin === undefined || !allowed.includes(origin)) return { Vary: 'Origin' };
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers':
      'X-Request-Id, WWW-Authenticate, Retry-After, Allow, RateLimit, RateLimit-Policy',
  };
}

/** What a preflight learns on top of `corsHeaders`, when its origin is allowed. */
export const preflightHeaders = (path: string, methods: readonly string[]): Record<string, string> => ({
  'Access-Control-Allow-Methods': methods.join(', '),
  // Clients send headers of their own with the request for metadata (MCP-Protocol-Version is one).
  'Access-Control-Allow-Headers': isPublic(path)
    ? '*'
    : 'Authorization, Content-Type, X-Request-Id, traceparent, tracestate',
  'Access-Control-Max-Age': '600',
});
