// Signs JWTs as compact JWS (RFC 7515 section 7.1), by a key of this server.

import { sign } from 'node:crypto';
import { promisify } from 'node:util';
import { withLowS } from './low-s.ts';
import type { Signer } from './signing-keys.ts';

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

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
