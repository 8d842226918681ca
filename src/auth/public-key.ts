// Public keys that OAuth clients register: which are accepted, and what is kept of them. DECISIONS.md says why these.

import { createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { isSoundEd25519Point } from './ed25519-point.ts';

/** The algorithms of client assertions, as headers and metadata write them; the last two names are one algorithm. */
export const clientAssertionAlgorithms = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const;
export type KeyAlgorithm = Exclude<(typeof clientAssertionAlgorithms)[number], 'Ed25519'>;

export interface PublicKey {
  /** As the JWK has it, or else the thumbprint. */
  kid: string;
  algorithm: KeyAlgorithm;
  thumbprint: string;
  /** The members that make the key, and no other. */
  jwk: Record<string, string>;
}

/** A JSON Web Key as it was sent. */
export type SentJwk = Readonly<Record<string, unknown>>;

const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const ourSecret = /lk_(?:key|sec|ses)_/;

/** Checks a JWK. `problem` is a whole sentence that quotes nothing of it. */
export async function checkPublicKey(
  sent: SentJwk,
): Promise<{ value: PublicKey; problem?: never } | { value?: never; problem: string }> {
  const problem = privacyProblem(sent) ?? usageProblem(sent);
  if (problem !== undefined) return { problem };
  const key = sent.kty === 'RSA' ? rsaKey(sent) : curveKey(sent);
  if (typeof key === 'string') return { problem: key };
  const thumbprint = await calculateJwkThumbprint(key.jwk as unknown as JWK, 'sha256');
  return { value: { kid: (sent.kid as string | undefined) ?? thumbprint, thumbprint, ...key } };
}

function privacyProblem(sent: SentJwk): string | undefined {
  if (sent.kty === 'oct' || secretMembers.some((name) => Object.hasOwn(sent, name))) {
    return 'This key is not public: never send a private or secret key. It has left your hands, so make a new pair and send its public half.';
  }
  return undefined;
}

function usageProblem({ use, key_ops: operations, kid }: SentJwk): string | undefined {
  const verifies = operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
  if ((use !== undefined && use !== 'sig') || !verifies) {
    return 'The key says that it is not for verifying signatures. Send one whose use is sig.';
  }
  const plain = kid === undefined || (typeof kid === 'string' && /^[\x21-\x7e]{1,100}$/.test(kid));
  if (!plain || ourSecret.test(String(kid))) {
    return 'The kid is not a plain name. Use 1 to 100 visible ASCII characters without spaces, or leave it out.';
  }
  return undefined;
}

type Key = Pick<PublicKey, 'algorithm' | 'jwk'>;

const unknownType =
  'This type of key is not accepted. Send an EC key on P-256, an OKP key on Ed25519, or an RSA key.';
const otherAlgorithm = (algorithms: string) =>
  `The alg does not go with this key. Send ${algorithms} as its alg.`;
const noPoint = 'The key is not a point of its curve. Export it again, in canonical base64url.';

/** @returns what is wrong when it is a text. */
function curveKey({ kty, crv, x, y, alg }: SentJwk): Key | string {
  if (kty === 'OKP' && crv === 'Ed25519') {
    if (![undefined, 'EdDSA', 'Ed25519'].includes(alg as string)) return otherAlgorithm('EdDSA or Ed25519');
    const point = bytesOf(x);
    if (!point || !isSoundEd25519Point(point)) return noPoint;
    return { algorithm: 'EdDSA', jwk: { kty, crv, x: x as string } };
  }
  if (kty !== 'EC' || crv !== 'P-256') return unknownType;
  if (alg !== undefined && alg !== 'ES256') return otherAlgorithm('ES256');
  if (bytesOf(x)?.length !== 32 || bytesOf(y)?.length !== 32) return noPoint;
  const jwk = { kty, crv, x: x as string, y: y as string };
  return isKey(jwk) ? { algorithm: 'ES256', jwk } : noPoint;
}

/** @returns what is wrong when it is a text. */
function rsaKey({ n, e, alg }: SentJwk): Key | string {
  if (alg !== 'PS256' && alg !== 'RS256') return otherAlgorithm('PS256 or RS256');
  const modulus = bytesOf(n);
  if (!modulus?.[0] || e !== 'AQAB') {
    return 'The key is not an RSA key with the exponent 65537. Send n and e in canonical base64url.';
  }
  const bits = modulus.length * 8 - (Math.clz32(modulus[0]) - 24);
  if (bits < 2048 || bits > 4096) return 'Send an RSA key of 2048 to 4096 bits.';
  const jwk = { kty: 'RSA', n: n as string, e };
  return isKey(jwk) ? { algorithm: alg, jwk } : 'The key is not an RSA key. Export it again.';
}

/** The bytes of canonical base64url. */
function bytesOf(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** OpenSSL refuses, among others, points that are not on the curve. */
function isKey(jwk: Record<string, string>): boolean {
  try {
    createPublicKey({ key: jwk, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}
