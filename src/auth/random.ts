// Random identifiers and secrets in base62, the alphabet that survives every OAuth client, shell, and URL.

import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Uniform random text of `length` base62 characters: 5.95 bits each, so 22 carry 131 bits and 43 carry 256. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      // 248 is the largest multiple of 62 in a byte: what lies above would favour the first letters.
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

/** A 64-bit number, given as eight bytes, in exactly eleven base62 characters. */
export function base62Of64Bits(bytes: Buffer): string {
  let rest = bytes.readBigUInt64BE();
  let text = '';
  for (let i = 0; i < 11; i++) {
    text = alphabet[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return text;
}

export const newId = (prefix: 'org' | 'acc' | 'cred' | 'sec' | 'ses' | 'aud'): string =>
  `${prefix}_${randomBase62(22)}`;
