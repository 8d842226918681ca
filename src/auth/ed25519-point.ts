// Whether 32 bytes are a public key of Ed25519 (RFC 8032 section 5.1.3) with which only the holder of a private key can
// sign. OpenSSL takes any 32 bytes, and for the few points of small order anybody can make signatures.

const p = 2n ** 255n - 19n;
const mod = (value: bigint) => ((value % p) + p) % p;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

const inverse = (value: bigint) => power(value, p - 2n);
const d = mod(-121665n * inverse(121666n));

/** Canonical, on the curve, and not of small order. */
export function isSoundEd25519Point(bytes: Buffer): boolean {
  if (bytes.length !== 32) return false;
  const littleEndian = Buffer.from(bytes).reverse();
  littleEndian[0] = (littleEndian[0] ?? 0) & 0x7f;
  const y = BigInt(`0x${littleEndian.toString('hex')}`);
  if (y >= p) return false;
  const squared = mod(y * y);
  // x² = (y² - 1) / (d y² + 1) must have a root, by Euler's criterion.
  const xSquared = mod((squared - 1n) * inverse(mod(d * squared + 1n)));
  if (power(xSquared, (p - 1n) / 2n) !== 1n) return false;
  // Order 4 has y = 0; order 8 doubles to it, which is d y⁴ + 2 y² = 1. Orders 1 and 2 have x = 0, refused above.
  return y !== 0n && mod(d * squared * squared + 2n * squared) !== 1n;
}
