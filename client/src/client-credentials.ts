// Access tokens by the client credentials grant (RFC 6749 section 4.4): one request however many ask, kept while it
// lives, renewed ahead of time in the background.

import type { CryptoKey, JWK } from 'jose';
import { type Auth, checkText } from './auth.js';
import { clientAssertion } from './client-assertion.js';
import { LatchkeyError } from './error.js';
import { exchange, type Http, type HttpOptions, httpOf } from './exchange.js';
import { discover } from './metadata.js';
import { type Json, parseObject, refusalOf } from './refusal.js';
import { Backoff, type Retry, retrying } from './retry.js';

export interface AccessToken {
  readonly value: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
}

export interface TokenSource extends Auth {
  /** A token that lives. @throws LatchkeyError INVALID_CLIENT, INVALID_SCOPE, INVALID_TARGET, and others */
  token(signal?: AbortSignal): Promise<AccessToken>;
}

/** Where tokens come from: an endpoint, or an issuer whose metadata names it (RFC 8414). */
type From =
  | { issuer: string; tokenEndpoint?: string | URL }
  | { issuer?: never; tokenEndpoint: string | URL };

/** How the client proves who it is: by its secret, or by its private ES256 key (RFC 7523), which needs the issuer. */
type Proof =
  | { clientSecret: string; privateKey?: never }
  | { clientSecret?: never; privateKey: JWK | CryptoKey; keyId?: string | undefined; issuer: string };

export type ClientCredentialsOptions = From &
  Proof &
  HttpOptions & {
    clientId: string;
    /** All that the client has when absent. */
    scopes?: readonly string[] | undefined;
    /** For which APIs the token shall be good (RFC 8707). */
    resource?: string | readonly string[] | undefined;
    retry?: Retry | undefined;
  };

/** Of its life, the part at the end in which a token is renewed while it is still used. */
const renewalPart = 0.2;
const longestRenewalMs = 300_000;

interface Kept {
  readonly token: AccessToken;
  /** Milliseconds since 1970. */
  renewAt: number;
}

/**
 * Access tokens for an OAuth client, as `auth` of `createClient` or to use by hand. Nothing is asked for until a token is
 * needed; then one request serves all who wait, and the token is kept and renewed ahead of its end.
 * @throws TypeError when the client id, its secret, or the place that tokens come from is missing or cannot be one
 */
export function clientCredentials(options: ClientCredentialsOptions): TokenSource {
  checkText(options.clientId, 'The client id');
  if (!options.privateKey) checkText(options.clientSecret, 'The client secret');
  const http = httpOf(options);
  const { clock } = http;
  const endpoint = endpointOf(http, options);
  let kept: Kept | undefined;
  let renewal: Promise<Kept> | undefined;
  let early: Promise<void> | undefined;

  const living = () => (kept && clock.now() < kept.token.expiresAt.getTime() ? kept : undefined);
  const obtain = async (retry: Retry | undefined): Promise<Kept> => {
    const backoff = new Backoff(retry, clock, undefined);
    kept = await retrying(backoff, async () => requestToken(http, await endpoint(), options));
    return kept;
  };
  /** One for all who wait. A renewal ahead of time may just bring what they need. */
  const renew = () => {
    renewal ??= (early ?? Promise.resolve())
      .then(() => living() ?? obtain(options.retry))
      .finally(() => {
        renewal = undefined;
      });
    return renewal;
  };
  /** Nobody waits for it, so it tries once; the next try is when half of what remains has passed. */
  const renewAhead = (current: Kept, now: number) => {
    current.renewAt = now + (current.token.expiresAt.getTime() - now) / 2;
    early ??= obtain({ attempts: 1 })
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        early = undefined;
      });
  };

  const token = async (signal?: AbortSignal): Promise<AccessToken> => {
    signal?.throwIfAborted();
    const current = living();
    if (!current) return (await unlessAborted(renew(), signal)).token;
    const now = clock.now();
    if (now >= current.renewAt) renewAhead(current, now);
    return current.token;
  };

  return {
    token,
    authorization: async (signal) => `Bearer ${(await token(signal)).value}`,
    refused: (authorization) => {
      if (kept && authorization === `Bearer ${kept.token.value}`) kept = undefined;
      return true;
    },
  };
}

/** Discovered once; what fails is tried again the next time. */
function endpointOf(http: Http, { issuer, tokenEndpoint }: From): () => Promise<URL> {
  let found = tokenEndpoint === undefined ? undefined : new URL(tokenEndpoint);
  if (!found && !issuer) throw new TypeError('Give the issuer, or the token endpoint.');
  return async () => {
    found ??= (await discover(http, issuer as string)).tokenEndpoint;
    return found;
  };
}

async function requestToken(http: Http, url: URL, options: ClientCredentialsOptions): Promise<Kept> {
  const askedAt = http.clock.now();
  const { headers, body } = await tokenRequest(options, askedAt);
  return exchange(http, { url, method: 'POST', headers, body, idempotent: true }, async (response) => {
    const reply = parseObject(await response.text());
    if (response.status === 200 && reply) return keep(reply, askedAt);
    throw refusalOf(response, reply, { idempotent: true, now: http.clock.now() });
  });
}

async function tokenRequest(options: ClientCredentialsOptions, now: number) {
  const { clientId, scopes = [], resource = [] } = options;
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scopes.length > 0) body.set('scope', scopes.join(' '));
  for (const uri of typeof resource === 'string' ? [resource] : resource) body.append('resource', uri);
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.privateKey) {
    const { privateKey, keyId, issuer } = options;
    body.set('client_id', clientId);
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    body.set('client_assertion', await clientAssertion({ clientId, privateKey, keyId, issuer, now }));
  } else {
    headers.Authorization = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(options.clientSecret)}`)}`;
  }
  return { headers, body };
}

/** As section 2.3.1 and Appendix B have it. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

/** The life of a token is counted from before it was asked for. One that says nothing of it is used until refused. */
function keep(reply: Json, askedAt: number): Kept {
  const {
    access_token: value,
    token_type: type,
    expires_in: seconds = Number.POSITIVE_INFINITY,
    scope = '',
  } = reply;
  const isBearer = typeof type === 'string' && type.toLowerCase() === 'bearer';
  if (
    typeof value !== 'string' ||
    !/^[\x21-\x7e]+$/.test(value) ||
    !isBearer ||
    typeof seconds !== 'number'
  ) {
    throw new LatchkeyError('The token endpoint gave no bearer token.', { code: 'UNEXPECTED_REPLY' });
  }
  const life = seconds * 1000;
  const scopes = String(scope).split(' ').filter(Boolean);
  const expiresAt = new Date(Math.min(askedAt + life, 8.64e15));
  return {
    token: { value, scopes, expiresAt },
    renewAt: askedAt + life - Math.min(life * renewalPart, longestRenewalMs),
  };
}

/** Whoever waits may leave; what he waited for goes on for the others. */
function unlessAborted<Result>(result: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return result;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
