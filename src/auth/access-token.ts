// Access tokens: JWTs after RFC 9068, signed and verified. That a token is genuine is a fact and may be remembered;
// whether its credential is live is asked elsewhere, on every request.

import { compactVerify, decodeProtectedHeader, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { AppError } from '../errors.ts';
import {
  accessTokenLifetimeSeconds,
  apiProducts,
  isScopeValue,
  productsOf,
  type ScopeValue,
} from '../scopes.ts';
import { randomBase62 } from './random.ts';
import { keyedDigest, type ServerKeys } from './server-keys.ts';
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
}

const longestToken = 4096;
const clockLeewaySeconds = 5;
const refuse = (detail: string) =>
  new AppError('UNAUTHENTICATED', { detail: `access token refused: ${detail}` });

/** The audience of a token: the resource of each product among its scopes (RFC 8707). */
export const audienceOf = (issuer: string, scopes: readonly ScopeValue[]): string[] =>
  productsOf(scopes).map((product) => issuer + apiProducts[product].resourcePath);

export function createAccessTokens(context: {
  issuer: string;
  keyring: Keyring;
  keys: ServerKeys;
  now: () => Date;
}): AccessTokens {
  const { issuer, keyring, keys, now } = context;
  const proven = new LRUCache<string, TokenFacts>({ max: 20_000 });

  const prove = async (token: string): Promise<TokenFacts> => {
    const kid = genuineForm(token);
    const key = await keyring.verifier(kid);
    if (!key) throw refuse('unknown key id');
    const { payload } = await compactVerify(token, key.publicKey, { algorithms: [key.algorithm] }).catch(
      () => {
        throw refuse('signature');
      },
    );
    return factsOf(kid, JSON.parse(Buffer.from(payload).toString('utf8')), issuer, now());
  };

  return {
    async issue(clientId, scopes, acceptedKids) {
      const key = await keyring.signer(acceptedKids);
      const issuedAt = Math.floor(now().getTime() / 1000);
      const expiresInSeconds = accessTokenLifetimeSeconds(scopes);
      const audience = audienceOf(issuer, scopes);
      const accessToken = await new SignJWT({ client_id: clientId, scope: scopes.join(' ') })
        .setProtectedHeader({ alg: key.algorithm, typ: 'at+jwt', kid: key.kid })
        .setIssuer(issuer)
        .setSubject(clientId)
        .setAudience(audience.length === 1 ? (audience[0] as string) : audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + expiresInSeconds)
        .setJti(randomBase62(28))
        .sign(key.privateKey);
      return {
        accessToken,
        expiresInSeconds,
        expiresAt: new Date((issuedAt + expiresInSeconds) * 1000),
        scopes,
      };
    },
    async verify(token) {
      if (token.length > longestToken) throw refuse('too long');
      const fact = keyedDigest(keys.memo, token).toString('base64');
      const facts = proven.get(fact) ?? (await prove(token));
      if (facts.expiresAt * 1000 <= now().getTime()) throw refuse('expired');
      proven.set(fact, facts);
      return facts;
    },
  };
}

// The header decides nothing: it must be the one we write, and names a key whose algorithm we know.
function genuineForm(token: string): string {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw refuse('not a compact JWS');
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature)
    throw refuse('non-canonical base64url');
  const { alg, typ, kid, ...others } = headerOf(token);
  if (typeof kid !== 'string' || typeof alg !== 'string' || Object.keys(others).length > 0)
    throw refuse('header');
  if (!/^(?:application\/)?at\+jwt$/i.test(String(typ))) throw refuse('typ');
  return kid;
}

function headerOf(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw refuse('header');
  }
}

function factsOf(kid: string, claims: Record<string, unknown>, issuer: string, now: Date): TokenFacts {
  const { iss, aud, sub, client_id: clientId, scope, exp, iat, jti } = claims;
  const audience = Array.isArray(aud) ? aud : [aud];
  const products = Object.values(apiProducts).map((product) => issuer + product.resourcePath);
  if (iss !== issuer) throw refuse('iss');
  if (audience.length === 0 || !audience.every((one) => products.includes(one))) throw refuse('aud');
  if (typeof clientId !== 'string' || sub !== clientId || typeof jti !== 'string')
    throw refuse('sub, client_id, jti');
  if (!Number.isSafeInteger(exp) || !Number.isSafeInteger(iat)) throw refuse('exp, iat');
  if (Number(iat) > now.getTime() / 1000 + clockLeewaySeconds) throw refuse('iat is ahead');
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
