// What clients and resource servers learn of the authorization server by themselves (RFC 8414). It tells of an endpoint
// when the route table has it, and of nothing else.

import { clientAssertionAlgorithms } from '../auth/public-key.ts';
import { scopeValues } from '../scopes.ts';
import type { Routes } from './exchange.ts';
import { jwksPath } from './jwks.ts';
import { publicDocument } from './public-document.ts';

export interface MetadataOptions {
  /** An origin, as it stands in tokens. */
  readonly issuer: string;
  /** Everything else that is served. */
  readonly routes: Routes;
}

/** How clients authenticate at every endpoint below. */
const clientMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];

/** What clients authenticate at, by its metadata name. A method may be a type of access token (section 2). */
const clientEndpoints = {
  token: { path: '/oauth/v1/token', methods: clientMethods },
  introspection: { path: '/oauth/v1/introspect', methods: [...clientMethods, 'Bearer'] },
  revocation: { path: '/oauth/v1/revoke', methods: clientMethods },
};

const maxAgeSeconds = 300;

/**
 * Many clients and resource servers look for the metadata of OpenID Connect and for nothing else, so the same document
 * stands there as well; it offers no login and names no ID token.
 */
export function metadataRoutes(options: MetadataOptions): Routes {
  const value = metadataOf(options);
  const document = { mediaType: 'application/json', value, maxAgeSeconds };
  const route: Routes[string] = { GET: (request) => publicDocument(request, document) };
  return { '/.well-known/oauth-authorization-server': route, '/.well-known/openid-configuration': route };
}

function metadataOf({ issuer, routes }: MetadataOptions): Record<string, unknown> {
  const endpoints = Object.entries(clientEndpoints).filter(([, { path }]) => Object.hasOwn(routes, path));
  return {
    issuer,
    ...Object.assign({}, ...endpoints.map(([name, endpoint]) => endpointMetadata(issuer, name, endpoint))),
    jwks_uri: issuer + jwksPath,
    scopes_supported: scopeValues,
    // Required by section 2 although there are none: parsers exist that insist on it.
    response_types_supported: [],
    // Without it, section 2 has readers assume the grants that this server does not have.
    grant_types_supported: ['client_credentials'],
    // GraphiQL, whose tabs lead from a credential to a token, and to records with it.
    service_documentation: `${issuer}/graphql`,
  };
}

function endpointMetadata(
  issuer: string,
  name: string,
  { path, methods }: { path: string; methods: string[] },
) {
  return {
    [`${name}_endpoint`]: issuer + path,
    [`${name}_endpoint_auth_methods_supported`]: methods,
    [`${name}_endpoint_auth_signing_alg_values_supported`]: clientAssertionAlgorithms,
  };
}
