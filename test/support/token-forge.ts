// Access tokens as an attacker would make them, and as only a leaked signing key could: any header, any claims, any
// spelling, signed with whatever key is given.

import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto';
import { withLowS } from '../../src/auth/low-s.ts';
import type { Signer } from '../../src/auth/signing-keys.ts';

type Json = Record<string, unknown>;

export const b64 = (text: string | Buffer): string => Buffer.from(text).toString('base64url');

/** A compact JWS over these texts as they are. ECDSA signatures have the lower s, as ours do. */
export function jwsOf(header: string, payload: string, key: KeyObject, options: { pss?: true } = {}): string {
  const input = `${b64(header)}.${b64(payload)}`;
  if (key.asymmetricKeyType === 'ec') {
    const signature = signBytes('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${b64(withLowS(signature))}`;
  }
  // 6: PSS, with a salt as long as the digest.
  const padding = options.pss ? { padding: 6, saltLength: 32 } : {};
  return `${input}.${b64(signBytes('sha256', Buffer.from(input), { key, ...padding }))}`;
}

export const hmacJws = (header: Json, payload: Json, secret: string | Buffer): string => {
  const input = `${b64(JSON.stringify(header))}.${b64(JSON.stringify(payload))}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};

export interface Forge {
  kid: string;
  alg: string;
  key: KeyObject;
  claims: Json;
  /** A token that differs from a good one in this alone: undefined takes a member away. */
  token(claims?: Json, header?: Json): string;
  /** The same, re-signed with a key of the attacker's. */
  foreign(claims?: Json, header?: Json): string;
}

export function forgeOf(signer: Signer, claims: Json): Forge {
  const key = signer.privateKey;
  const right = { alg: signer.algorithm, typ: 'at+jwt', kid: signer.kid };
  const make = (with_: KeyObject) => (change: Json, header: Json) =>
    jwsOf(JSON.stringify({ ...right, ...header }), JSON.stringify({ ...claims, ...change }), with_);
  const attacker = attackerKey(signer.algorithm);
  return {
    kid: signer.kid,
    alg: signer.algorithm,
    key,
    claims,
    token: (change = {}, header = {}) => make(key)(change, header),
    foreign: (change = {}, header = {}) => make(attacker)(change, header),
  };
}

export const attackerKey = (algorithm: string): KeyObject =>
  algorithm === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

/** A published key in every form that somebody took for an HMAC secret. */
export function publicForms(jwk: JsonWebKey): Record<string, string | Buffer> {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return {
    PEM: key.export({ type: 'spki', format: 'pem' }),
    'PEM without its last line break': String(key.export({ type: 'spki', format: 'pem' })).trimEnd(),
    DER: key.export({ type: 'spki', format: 'der' }),
    JWK: JSON.stringify(jwk),
  };
}

/** An ECDSA signature with the other s, which is as good for anyone who does not look. */
export function withHighS(jws: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const cut = jws.lastIndexOf('.') + 1;
  const signature = Buffer.from(jws.slice(cut), 'base64url');
  const s = order - BigInt(`0x${signature.toString('hex', 32)}`);
  const other = Buffer.from(s.toString(16).padStart(64, '0'), 'hex');
  return jws.slice(0, cut) + b64(Buffer.concat([signature.subarray(0, 32), other]));
}
