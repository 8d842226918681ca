// Where an issuer has its endpoints: its metadata (RFC 8414), or Latchkey's own paths where none is published.

import { LatchkeyError } from './error.js';
import { exchange, type Http } from './exchange.js';
import { parseObject, refusalOf } from './refusal.js';

export interface Metadata {
  tokenEndpoint: URL;
  jwksUri: URL;
}

/** @throws LatchkeyError also when the metadata is another issuer's (section 3.3) */
export function discover(http: Http, issuer: string): Promise<Metadata> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '');
  const url = new URL(`/.well-known/oauth-authorization-server${path}`, origin);
  const headers = { Accept: 'application/json' };
  return exchange(http, { url, headers, idempotent: true }, async (response) => {
    const body = parseObject(await response.text());
    if (response.status === 404) return conventional(issuer);
    if (response.status !== 200 || !body) {
      throw refusalOf(response, body, { idempotent: true, now: http.clock.now() });
    }
    if (body.issuer !== issuer) throw misconfigured('The metadata is of another issuer than the one given.');
    const { tokenEndpoint, jwksUri } = conventional(issuer);
    return {
      tokenEndpoint: absolute(body.token_endpoint) ?? tokenEndpoint,
      jwksUri: absolute(body.jwks_uri) ?? jwksUri,
    };
  });
}

const conventional = (issuer: string): Metadata => ({
  tokenEndpoint: below(issuer, 'oauth/v1/token'),
  jwksUri: below(issuer, '.well-known/jwks.json'),
});

/** An address under another one, whether that ends with a slash or not. */
export const below = (base: string | URL, path: string): URL =>
  new URL(path, `${String(base).replace(/\/$/, '')}/`);

const absolute = (address: unknown): URL | undefined =>
  typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined;

const misconfigured = (message: string) => new LatchkeyError(message, { code: 'UNEXPECTED_REPLY' });
