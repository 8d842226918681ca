// GET /.well-known/jwks.json: the public keys that access tokens are verified with (RFC 7517), cacheable for less time
// than a key is published ahead of its use.

import { jwksMaxAgeSeconds } from '../auth/signing-keys.ts';
import type { Routes } from './exchange.ts';
import { publicDocument } from './public-document.ts';

export interface JwksOptions {
  readonly publicJwks: () => Promise<{ keys: object[] }>;
}

export const jwksPath = '/.well-known/jwks.json';

export const jwksRoutes = ({ publicJwks }: JwksOptions): Routes => ({
  [jwksPath]: {
    GET: async (request) =>
      publicDocument(request, {
        mediaType: 'application/jwk-set+json',
        value: await publicJwks(),
        maxAgeSeconds: jwksMaxAgeSeconds,
      }),
  },
});
