// ECDSA signatures have a twin: (r, s) and (r, n - s) are both good for the same text. Of the two we make and accept the
// one with the lower s, so that a token has one spelling.

/** The order of P-256, and half of it. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const half = bytesOf(order >> 1n);

/** Whether a signature of ES256 (r and s, 32 bytes each) has the lower s. */
export const hasLowS = (signature: Buffer): boolean =>
  signature.length === 64 && signature.subarray(32).compare(half) <= 0;

/** The same compact JWS, with the lower s in its signature. */
export function withLowS(jws: string): string {
  const cut = jws.lastIndexOf('.') + 1;
  const signature = Buffer.from(jws.slice(cut), 'base64url');
  if (hasLowS(signature)) return jws;
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  return (
    jws.slice(0, cut) + Buffer.concat([signature.subarray(0, 32), bytesOf(order - s)]).toString('base64url')
  );
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}
