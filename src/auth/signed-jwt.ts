// Signs JWTs as compact JWS (RFC 7515 section 7.1), and verifies them, by keys of this server.

import { sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { withLowS } from './low-s.ts';
import type { Signer, Verifier } from './signing-keys.ts';

const signElsewhere = promisify(sign);

/**
 * Claims under a header of `alg`, `typ`, and `kid`. ES256 is signed in place: handing it to another thread takes as long
 * as signing does. RS256 takes milliseconds, and other requests go on meanwhile.
 */
export async function signedJwt(
  { kid, algorithm, privateKey }: Signer,
  typ: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const input = `${encoded({ alg: algorithm, typ, kid })}.${encoded(claims)}`;
  const bytes = Buffer.from(input);
  const signature =
    algorithm === 'ES256'
      ? withLowS(sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }))
      : await signElsewhere('sha256', bytes, privateKey);
  return `${input}.${signature.toString('base64url')}`;
}

/** Whether this key signed a compact JWS, by the key's own algorithm: what the header says is for the caller to compare. */
export function isSignedBy({ algorithm, publicKey }: Verifier, jws: string): boolean {
  const end = jws.lastIndexOf('.');
  const key = algorithm === 'ES256' ? ({ key: publicKey, dsaEncoding: 'ieee-p1363' } as const) : publicKey;
  return verify('sha256', Buffer.from(jws.slice(0, end)), key, Buffer.from(jws.slice(end + 1), 'base64url'));
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
