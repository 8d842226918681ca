// For resource servers: is this access token genuine, for us, and live by its times (RFC 9068 section 4, RFC 8725)?
// It cannot tell whether the credential was revoked since: what must know that asks the issuer.

import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose';
import { checkText } from './auth.js';
import { LatchkeyError } from './error.js';
import { type Http, type HttpOptions, httpOf } from './exchange.js';
import { discover } from './metadata.js';
import { systemClock } from './retry.js';

export interface VerifyOptions extends HttpOptions {
  /** How long the issuer may take to answer with its keys. 5,000 when absent. */
  timeoutMs?: number | undefined;
  /** As the token's `iss` has it, to the letter. */
  issuer: string;
  /** The identifier of this resource server (RFC 8707), one of the token's `aud`. */
  audience: string;
  /** The token must have all of them. */
  requiredScopes?: readonly string[] | undefined;
  /** Where the issuer's keys are; by its metadata (RFC 8414), or under Latchkey's own path, when absent. */
  jwksUri?: string | URL | undefined;
}

export interface AccessTokenClaims extends JWTPayload {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  iat: number;
  jti: string;
  client_id: string;
  scope: string;
  /** `scope`, taken apart. */
  scopes: readonly string[];
}

/** The token's fault, in the words of RFC 6750 section 3.1. */
export class AccessTokenError extends Error {
  override readonly name = 'AccessTokenError';
  readonly code: 'invalid_token' | 'insufficient_scope';
  readonly status: 401 | 403;
  readonly missingScopes: readonly string[];

  constructor(message: string, missingScopes: readonly string[] = [], cause?: unknown) {
    super(message, { cause });
    this.code = missingScopes.length > 0 ? 'insufficient_scope' : 'invalid_token';
    this.status = missingScopes.length > 0 ? 403 : 401;
    this.missingScopes = missingScopes;
  }

  /** The value of `WWW-Authenticate` to answer with. */
  get challenge(): string {
    const scope = this.missingScopes.length > 0 ? `, scope="${this.missingScopes.join(' ')}"` : '';
    return `Bearer error="${this.code}", error_description="${this.message}"${scope}`;
  }
}

/** The server signs with these; nothing symmetric, and never "none". */
const algorithms = ['ES256', 'RS256'];
const leewaySeconds = 5;
/** A new key is published ten minutes before it signs, so that keys of five minutes' age are never too old. */
const keysLiveMs = 300_000;
/** After the keys were fetched, an unknown key id does not make them be fetched again for so long. */
const coolDownMs = 30_000;

/**
 * The keys of each issuer, by the function that fetches them, with which they go. The names come from the options, never
 * from a token, so that nobody can make it grow.
 */
const keySets = new WeakMap<typeof fetch, Map<string, Promise<RemoteJWKSet>>>();

/**
 * The claims of a genuine token.
 * @throws AccessTokenError when the token is at fault, LatchkeyError when the issuer's keys cannot be had, TypeError when
 *   issuer or audience is not given
 */
export async function verifyAccessToken(token: string, options: VerifyOptions): Promise<AccessTokenClaims> {
  const { issuer, audience, requiredScopes = [], clock = systemClock } = options;
  // What is undefined, jose does not compare.
  checkText(issuer, 'The issuer');
  checkText(audience, 'The audience');
  const keys = await keySetOf(options);
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience,
    algorithms,
    typ: 'at+jwt',
    requiredClaims: ['exp', 'iat', 'sub', 'jti', 'client_id', 'scope'],
    clockTolerance: leewaySeconds,
    currentDate: new Date(clock.now()),
  }).catch((error: unknown) => {
    throw isTokenFault(error) ? new AccessTokenError(invalid, [], error) : keysMissing(error);
  });
  const { client_id: clientId, scope } = payload;
  if (typeof clientId !== 'string' || typeof scope !== 'string') throw new AccessTokenError(invalid);
  const scopes = scope.split(' ').filter(Boolean);
  const missing = requiredScopes.filter((wanted) => !scopes.includes(wanted));
  if (missing.length > 0) throw new AccessTokenError('The access token lacks a scope.', missing);
  // jose has checked the others, and that none of the required ones is absent.
  return { ...(payload as AccessTokenClaims), client_id: clientId, scope, scopes };
}

const invalid = 'The access token is malformed, expired, or not for this resource.';

/** Made once for what is asked in one way; what fails is forgotten, and tried again the next time. */
function keySetOf(options: VerifyOptions): Promise<RemoteJWKSet> {
  const { issuer, jwksUri = '', timeoutMs = 5_000 } = options;
  const name = `${issuer} ${jwksUri} ${timeoutMs}`;
  const over = options.fetch ?? fetch;
  const sets = keySets.get(over) ?? new Map<string, Promise<RemoteJWKSet>>();
  keySets.set(over, sets);
  const known = sets.get(name);
  if (known) return known;
  const made = makeKeySet(httpOf({ ...options, timeoutMs }), options);
  sets.set(name, made);
  made.catch(() => sets.delete(name));
  return made;
}

async function makeKeySet(http: Http, { issuer, jwksUri }: VerifyOptions): Promise<RemoteJWKSet> {
  const url = jwksUri === undefined ? (await discover(http, issuer)).jwksUri : new URL(jwksUri);
  return createRemoteJWKSet(url, {
    cacheMaxAge: keysLiveMs,
    cooldownDuration: coolDownMs,
    timeoutDuration: http.timeoutMs,
    [customFetch]: (address, init) => http.fetch(address, init),
  });
}

/** Faults of the issuer's keys, and of the way to them, are nobody's who presents a token. */
function isTokenFault(error: unknown): boolean {
  const { JOSEError, JWKSInvalid, JWKSTimeout, JWKInvalid } = errors;
  if (!(error instanceof JOSEError) || error.code === JOSEError.code) return false;
  return ![JWKSInvalid, JWKSTimeout, JWKInvalid].some((kind) => error instanceof kind);
}

const keysMissing = (cause: unknown) =>
  new LatchkeyError('The keys of the issuer cannot be had.', {
    code: 'SERVICE_UNAVAILABLE',
    retryable: true,
    cause,
  });
