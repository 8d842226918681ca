// Random identifiers and secrets in base62, the alphabet that survives every OAuth client, shell, and URL.

import { customAlphabet } from 'nanoid';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Uniform random text of `length` base62 characters: 5.95 bits each, so 22 carry 131 bits and 43 carry 256. */
export const randomBase62: (length: number) => string = customAlphabet(alphabet, 43);

/** A 64-bit number, given as eight bytes, in exactly eleven base62 characters. */
export function base62Of64Bits(bytes: Buffer): string {
  // In halves, since a number holds 53 bits and BigInt takes ten times as long.
  let [high, low] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  let text = '';
  for (let i = 0; i < 11; i++) {
    const carried = (high % 62) * 2 ** 32 + low;
    text = alphabet[carried % 62] + text;
    [high, low] = [Math.floor(high / 62), Math.floor(carried / 62)];
  }
  return text;
}

export const newId = (prefix: 'org' | 'acc' | 'cred' | 'sec' | 'ses' | 'aud'): string =>
  `${prefix}_${randomBase62(22)}`;
