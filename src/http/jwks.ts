// GET /.well-known/jwks.json: the public keys that access tokens are verified with (RFC 7517), cacheable for less time
// than a key is published ahead of its use.

import { createHash } from 'node:crypto';
import type { Routes } from './exchange.ts';

export interface JwksOptions {
  readonly publicJwks: () => Promise<{ keys: object[] }>;
}

/** Must be shorter than the time that a signing key is published ahead: see auth/signing-keys.ts. */
const maxAgeSeconds = 300;

export const jwksRoutes = ({ publicJwks }: JwksOptions): Routes => ({
  '/.well-known/jwks.json': {
    GET: async (request) => {
      const body = JSON.stringify(await publicJwks());
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      const headers = { 'Cache-Control': `public, max-age=${maxAgeSeconds}`, ETag: etag };
      if (request.headers['if-none-match'] === etag) return { status: 304, headers };
      return { status: 200, headers: { ...headers, 'Content-Type': 'application/jwk-set+json' }, body };
    },
  },
});
