// ECDSA signatures have a twin: (r, s) and (r, n - s) are both good for the same text. Of the two we make and accept the
// one with the lower s, so that a token has one spelling.

/** The order of P-256, and half of it. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const half = bytesOf(order >> 1n);

/** Whether a signature of ES256 (r and s, 32 bytes each) has the lower s. */
export const hasLowS = (signature: Buffer): boolean =>
  signature.length === 64 && signature.subarray(32).compare(half) <= 0;

/** The same signature with the lower s. */
export function withLowS(signature: Buffer): Buffer {
  if (hasLowS(signature)) return signature;
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  return Buffer.concat([signature.subarray(0, 32), bytesOf(order - s)]);
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}
