// API keys, client secrets, and session tokens: make, tag, parse, hash, verify.
//
// The format is `lk_<kind>_<id>_<random>_<tag>`, for example lk_key_ + 22 + _ + 43 + _ + 11 base62 characters. The id
// names the row it belongs to; the random part carries 256 bits; the tag is a truncated HMAC over all before it under
// a key only the server has. A forged or mistyped secret fails the tag in microseconds and reaches neither the
// database nor argon2id.

import { createHash, timingSafeEqual } from 'node:crypto';
import argon2 from 'argon2';
import { LRUCache } from 'lru-cache';
import { base62Of64Bits, randomBase62 } from './random.ts';
import { keyedDigest, type ServerKeys } from './server-keys.ts';
import { createWorkQueue, type QueueStatus } from './work-queue.ts';

const kinds = { key: 'cred', sec: 'cred', ses: 'ses' } as const;
export type SecretKind = keyof typeof kinds;

/** Finds API keys and client secrets in text: for secret scanners. */
export const leakPattern = /lk_(?:key|sec)_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}_[0-9A-Za-z]{11}/;

const shape = /^lk_(key|sec|ses)_([0-9A-Za-z]{22})_[0-9A-Za-z]{43}_[0-9A-Za-z]{11}$/;
const secretLength = 'lk_key_'.length + 22 + 1 + 43 + 1 + 11;

export interface NewSecret {
  plaintext: string;
  /** The first characters of the id and the last of the tag: enough to recognise, and no bit of the random part. */
  hint: string;
}

/** Makes a secret for the row with this id ("cred_…" for keys and client secrets, "ses_…" for sessions). */
export function makeSecret(keys: ServerKeys, kind: SecretKind, id: string): NewSecret {
  const body = `lk_${kind}_${id.slice(kinds[kind].length + 1)}_${randomBase62(43)}`;
  const tag = tagOf(macOf(keys, body));
  return { plaintext: `${body}_${tag}`, hint: `${body.slice(0, 11)}…${tag.slice(-4)}` };
}

/** A secret that this server made. Whether it still opens anything is another question. */
export interface GenuineSecret {
  /** Of the row that it names. */
  readonly id: string;
  readonly text: string;
  /** Of the text, under a key that only the server has: by it the secret can be remembered without being kept. */
  readonly digest: string;
}

/**
 * Reads a presented secret of this kind. Undefined for anything that this server did not make: another kind, another
 * shape, another key, one character changed. Constant work; no database.
 */
export function parseSecret(keys: ServerKeys, kind: SecretKind, text: string): GenuineSecret | undefined {
  if (text.length !== secretLength) return undefined;
  const match = shape.exec(text);
  if (match?.[1] !== kind) return undefined;
  const mac = macOf(keys, text.slice(0, -12));
  if (!timingSafeEqual(Buffer.from(text.slice(-11)), Buffer.from(tagOf(mac)))) return undefined;
  return { id: `${kinds[kind]}_${match[2]}`, text, digest: mac.toString('base64', tagBytes) };
}

const tagBytes = 8;
const macOf = (keys: ServerKeys, body: string): Buffer => keyedDigest(keys.tag, body);
const tagOf = (mac: Buffer): string => base62Of64Bits(mac.subarray(0, tagBytes));

/** SHA-256, base64url: enough for a session token, which carries 256 random bits and lives for hours. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Compares two texts without telling by time where they differ. */
export function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

// Machine secrets carry 256 random bits, so memory and passes add no safety; these keep a first check near half a
// millisecond. See DECISIONS.md.
const parameters = { type: argon2.argon2id, memoryCost: 1024, timeCost: 1, parallelism: 1 } as const;

export interface SecretHasher {
  hash(secret: string): Promise<string>;
  /** Whether a presented secret matches a stored hash. That it does is remembered (rule: facts may be, state never). */
  verify(secret: GenuineSecret, hash: string): Promise<boolean>;
  queueStatus(): QueueStatus;
}

/**
 * A hasher with a bounded memory of proven matches, kept under keyed digests so that the memory holds no secret.
 * Checks of the same secret at the same time share one computation.
 */
export function createSecretHasher(): SecretHasher {
  const proven = new LRUCache<string, true>({ max: 50_000 });
  const running = new Map<string, Promise<boolean>>();
  const queue = createWorkQueue(2, 5_000);

  const check = async (fact: string, text: string, hash: string) => {
    try {
      const matches = await queue.run(() => argon2.verify(hash, text));
      if (matches) proven.set(fact, true);
      return matches;
    } finally {
      running.delete(fact);
    }
  };

  return {
    hash: (secret) => queue.run(() => argon2.hash(secret, parameters)),
    async verify({ text, digest }, hash) {
      const fact = `${digest} ${hash}`;
      if (proven.get(fact)) return true;
      const pending = running.get(fact) ?? check(fact, text, hash);
      running.set(fact, pending);
      return pending;
    },
    queueStatus: queue.status,
  };
}
