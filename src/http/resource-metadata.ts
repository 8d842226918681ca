// What a client that was refused learns of a protected resource: who issues tokens for it, and what they may carry
// (RFC 9728).

import type { Routes } from './exchange.ts';
import { publicDocument } from './public-document.ts';

/** What opens a protected resource, by the path that it is served at. */
export type ProtectedResources = Readonly<Record<string, readonly string[]>>;

/** The suffix goes between host and path of the resource (section 3.1). */
export const resourceMetadataPath = (path: string): string => `/.well-known/oauth-protected-resource${path}`;

const maxAgeSeconds = 300;

/** The metadata of each resource. `issuer` is the origin of both: the server that issues serves. */
export function resourceMetadataRoutes(issuer: string, resources: ProtectedResources): Routes {
  return Object.fromEntries(
    Object.entries(resources).map(([path, scopes]) => {
      const value = {
        resource: issuer + path,
        authorization_servers: [issuer],
        scopes_supported: scopes,
        bearer_methods_supported: ['header'],
      };
      const document = { mediaType: 'application/json', value, maxAgeSeconds };
      return [resourceMetadataPath(path), { GET: (request) => publicDocument(request, document) }];
    }),
  );
}
