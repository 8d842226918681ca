// Access tokens: JWTs after RFC 9068, signed and verified. That a token is genuine is a fact and may be remembered;
// whether its credential is live is asked elsewhere, on every request.

import { LRUCache } from 'lru-cache';
import { AppError, type RefusalReason } from '../errors.ts';
import {
  accessTokenLifetimeSeconds,
  apiProducts,
  isScopeValue,
  longestTokenSeconds,
  productsOf,
  type ScopeValue,
} from '../scopes.ts';
import { hasLowS } from './low-s.ts';
import { randomBase62 } from './random.ts';
import { memoDigest, type ServerKeys } from './server-keys.ts';
import { isSignedBy, signedJwt } from './signed-jwt.ts';
import type { Keyring } from './signing-keys.ts';

/** What a genuine token says. */
export interface TokenFacts {
  kid: string;
  /** The token's own id: the same however the token is spelt. */
  jti: string;
  clientId: string;
  scopes: ScopeValue[];
  /** Resources of this server alone, at least one. */
  audience: string[];
  /** Seconds since 1970. */
  issuedAt: number;
  /** Seconds since 1970. */
  expiresAt: number;
}

export interface IssuedToken {
  accessToken: string;
  expiresInSeconds: number;
  expiresAt: Date;
  scopes: ScopeValue[];
}

export interface AccessTokens {
  /** Signs a token for these scopes; it lives as long as the strictest of their products allows. */
  issue(clientId: string, scopes: ScopeValue[], acceptedKids: readonly string[]): Promise<IssuedToken>;
  /**
   * Checks form, signature, type, issuer, and times, and that every audience is a resource of this server (RFC 9068
   * section 4, RFC 8725). Which resource is asked here is for the caller to compare.
   * @throws AppError UNAUTHENTICATED for anything that this server did not sign for itself, and for expired tokens.
   */
  verify(token: string): Promise<TokenFacts>;
  /** The same, whatever the token's times are: the clock that set them may differ from this one. */
  prove(token: string): Promise<TokenFacts>;
}

const longestToken = 4096;
const clockLeewaySeconds = 5;
const refuse = (detail: string, reason: RefusalReason = 'forged') =>
  new AppError('UNAUTHENTICATED', { reason, detail: `access token refused: ${detail}` });

/** The audience of a token: the resource of each product among its scopes (RFC 8707). */
const audienceOf = (issuer: string, scopes: readonly ScopeValue[]): string[] =>
  productsOf(scopes).map((product) => issuer + apiProducts[product].resourcePath);

export function createAccessTokens(context: {
  issuer: string;
  keyring: Keyring;
  keys: ServerKeys;
  now: () => Date;
  onIssued: () => void;
}): AccessTokens {
  const { issuer, keyring, keys, now, onIssued } = context;
  const proven = new LRUCache<string, TokenFacts>({ max: 20_000 });

  const provedAnew = async (token: string): Promise<TokenFacts> => {
    const { kid, alg, claims } = genuineForm(token);
    const key = await keyring.verifier(kid);
    if (!key) throw refuse('unknown key id', 'unknown_signing_key');
    if (alg !== key.algorithm) throw refuse('alg');
    if (!isSignedBy(key, token)) throw refuse('signature');
    return factsOf(kid, plainObject(Buffer.from(claims, 'base64url'), 'claims'), issuer);
  };

  const prove = async (token: string): Promise<TokenFacts> => {
    if (token.length > longestToken) throw refuse('too long', 'malformed');
    const digest = memoDigest(keys, token);
    const known = proven.get(digest);
    if (known) return known;
    const facts = await provedAnew(token);
    proven.set(digest, facts);
    return facts;
  };

  return {
    async issue(clientId, scopes, acceptedKids) {
      const key = await keyring.signer(acceptedKids);
      const issuedAt = Math.floor(now().getTime() / 1000);
      const expiresInSeconds = accessTokenLifetimeSeconds(scopes);
      const audience = audienceOf(issuer, scopes);
      const accessToken = await signedJwt(key, 'at+jwt', {
        client_id: clientId,
        scope: scopes.join(' '),
        iss: issuer,
        sub: clientId,
        aud: audience.length === 1 ? audience[0] : audience,
        iat: issuedAt,
        exp: issuedAt + expiresInSeconds,
        jti: randomBase62(28),
      });
      onIssued();
      return {
        accessToken,
        expiresInSeconds,
        expiresAt: new Date((issuedAt + expiresInSeconds) * 1000),
        scopes,
      };
    },
    prove,
    async verify(token) {
      const facts = await prove(token);
      const seconds = now().getTime() / 1000;
      if (facts.expiresAt <= seconds) throw refuse('expired', 'expired');
      if (facts.issuedAt > seconds + clockLeewaySeconds) throw refuse('iat is ahead');
      return facts;
    },
  };
}

/**
 * The header decides nothing: it must be the one that we write, and names a key whose algorithm we know. A signature
 * has one spelling: canonical base64url, and of the two that ECDSA knows the one with the lower s.
 */
function genuineForm(token: string): { kid: string; alg: string; claims: string } {
  const [, header = '', claims = '', signature = ''] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (header === '') throw refuse('not a compact JWS', 'malformed');
  const { alg, typ, kid, ...others } = plainObject(Buffer.from(header, 'base64url'), 'header');
  if (typeof kid !== 'string' || typeof alg !== 'string' || Object.keys(others).length > 0)
    throw refuse('header');
  if (typeof typ !== 'string' || !/^(?:application\/)?at\+jwt$/i.test(typ)) throw refuse('typ');
  const bytes = Buffer.from(signature, 'base64url');
  if (bytes.toString('base64url') !== signature) throw refuse('non-canonical base64url');
  if (alg === 'ES256' && !hasLowS(bytes)) throw refuse('signature of another form than ours');
  return { kid, alg, claims };
}

/** A JSON object as we write them: what says a thing twice, or has anything beside it, would be read two ways. */
function plainObject(bytes: Buffer, what: string): Record<string, unknown> {
  const text = bytes.toString('utf8');
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || JSON.stringify(value) !== text) throw refuse(what);
  return value as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function factsOf(kid: string, claims: Record<string, unknown>, issuer: string): TokenFacts {
  const { iss, aud, sub, client_id: clientId, scope, exp, iat, jti, nbf } = claims;
  const audience = Array.isArray(aud) ? aud : [aud];
  const products = Object.values(apiProducts).map((product) => issuer + product.resourcePath);
  if (iss !== issuer) throw refuse('iss');
  if (audience.length === 0 || !audience.every((one) => products.includes(one))) throw refuse('aud');
  if (typeof clientId !== 'string' || sub !== clientId || typeof jti !== 'string')
    throw refuse('sub, client_id, jti');
  if (!Number.isSafeInteger(exp) || !Number.isSafeInteger(iat)) throw refuse('exp, iat');
  if (Number(exp) - Number(iat) > longestTokenSeconds) throw refuse('lives longer than we allow');
  if (nbf !== undefined) throw refuse('nbf, which we never write');
  if (typeof scope !== 'string') throw refuse('scope');
  return {
    kid,
    jti,
    clientId,
    scopes: scope.split(' ').filter(isScopeValue),
    audience: audience as string[],
    issuedAt: Number(iat),
    expiresAt: Number(exp),
  };
}
