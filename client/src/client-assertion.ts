// How a client proves itself with its private key instead of a secret (private_key_jwt, RFC 7523 sections 2.2 and 3).

import { type CryptoKey, importJWK, type JWK, SignJWT } from 'jose';

const lifetimeSeconds = 60;

/**
 * An assertion for one request: its `jti` never comes again, and its audience is the issuer, so that it is good for no
 * other server.
 */
export async function clientAssertion(facts: {
  clientId: string;
  privateKey: JWK | CryptoKey;
  keyId: string | undefined;
  issuer: string;
  now: number;
}): Promise<string> {
  const { clientId, privateKey, issuer } = facts;
  const isJwk = 'kty' in privateKey;
  const kid = facts.keyId ?? (isJwk ? privateKey.kid : undefined);
  const key = isJwk ? await importJWK(privateKey, 'ES256') : privateKey;
  const issuedAt = Math.floor(facts.now / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...(kid !== undefined && { kid }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key);
}
