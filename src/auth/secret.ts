// API keys, client secrets, and session tokens as text: make, tag, parse. `secrets.ts` has their hashes.
//
// The format is `lk_<kind>_<id>_<random>_<tag>`, for example lk_key_ + 22 + _ + 43 + _ + 11 base62 characters. The id
// names the row it belongs to; the random part carries 256 bits; the tag is a truncated HMAC over all before it under
// a key only the server has. A forged or mistyped secret fails the tag in microseconds and reaches neither the
// database nor argon2id.

import { createHash, timingSafeEqual } from 'node:crypto';
import { base62Of64Bits, randomBase62 } from './random.ts';
import { everyKeys, keyedDigest, type ServerKeys } from './server-keys.ts';

const kinds = { key: 'cred', sec: 'cred', ses: 'ses' } as const;
export type SecretKind = keyof typeof kinds;

/** Finds API keys and client secrets in text: for secret scanners. */
export const leakPattern = /lk_(?:key|sec)_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}_[0-9A-Za-z]{11}/;

const shape = /^lk_(key|sec|ses)_([0-9A-Za-z]{22})_[0-9A-Za-z]{43}_[0-9A-Za-z]{11}$/;
const tagLength = 11;
const secretLength = 'lk_key_'.length + 22 + 1 + 43 + 1 + tagLength;

export interface NewSecret {
  plaintext: string;
  /** The first characters of the id and the last of the tag: enough to recognise, and no bit of the random part. */
  hint: string;
}

/** Makes a secret for the row with this id ("cred_…" for keys and client secrets, "ses_…" for sessions). */
export function makeSecret(keys: ServerKeys, kind: SecretKind, id: string): NewSecret {
  const body = `lk_${kind}_${id.slice(kinds[kind].length + 1)}_${randomBase62(43)}`;
  const tag = tagOf(keys, body);
  return { plaintext: `${body}_${tag}`, hint: `${body.slice(0, 11)}…${tag.slice(-4)}` };
}

/** A secret that this server made. Whether it still opens anything is another question. */
export interface GenuineSecret {
  readonly kind: SecretKind;
  /** Of the row that it names. */
  readonly id: string;
}

/**
 * Reads a presented secret of this kind. Undefined for anything that this server did not make: another kind, another
 * shape, another key, one character changed. Constant work; no database.
 */
export function parseSecret(keys: ServerKeys, kind: SecretKind, text: string): GenuineSecret | undefined {
  if (text.length !== secretLength) return undefined;
  const match = shape.exec(text);
  if (match?.[1] !== kind) return undefined;
  const [body, tag] = [text.slice(0, -tagLength - 1), text.slice(-tagLength)];
  if (!everyKeys(keys).some((one) => sameText(tag, tagOf(one, body)))) return undefined;
  return { kind, id: `${kinds[kind]}_${match[2]}` };
}

const tagOf = (keys: ServerKeys, body: string): string =>
  base62Of64Bits(keyedDigest(keys.tag, body).subarray(0, 8));

/** SHA-256, base64url: enough for a session token, which carries 256 random bits and lives for hours. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Compares two texts without telling by time where they differ. */
export function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
