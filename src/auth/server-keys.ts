// The keys that the server holds: one master key, and what HKDF (RFC 5869) derives from it, each for one purpose.

import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes } from 'node:crypto';

export interface ServerKeys {
  /** Tags of API keys, client secrets, and session tokens. */
  readonly tag: Buffer;
  /** Signatures of list cursors. */
  readonly cursor: Buffer;
  /** Digests under which proven facts are memoised, in base64. */
  readonly memo: string;
  /** Digests under which attempts are counted. */
  readonly attempt: Buffer;
  /** Encryption of the JWT signing keys at rest. */
  readonly seal: Buffer;
  /** A value to keep with the data, by which a wrong master key is noticed. Says nothing about the key. */
  readonly fingerprint: string;
  /** Of other master keys, while one is exchanged for another: what was made under them is good, nothing is made. */
  readonly accepted: readonly ServerKeys[];
}

/** Derives every key from the master key (32 bytes), and from those that are accepted besides. */
export function deriveServerKeys(masterKey: Buffer, accepted: readonly Buffer[] = []): ServerKeys {
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', masterKey, '', `latchkey ${purpose} v1`, 32));
  return Object.freeze({
    tag: derive('secret tag'),
    cursor: derive('cursor'),
    memo: derive('memo').toString('base64'),
    attempt: derive('attempt'),
    seal: derive('signing key seal'),
    fingerprint: derive('fingerprint').toString('base64url'),
    accepted: accepted.map((other) => deriveServerKeys(other)),
  });
}

/** The keys that what is presented or stored may have been made under, the current ones first. */
export const everyKeys = (keys: ServerKeys): readonly ServerKeys[] => [keys, ...keys.accepted];

/** HMAC-SHA-256 over the parts, told apart by their lengths so that no two lists of parts collide. */
export function keyedDigest(key: Buffer, ...parts: readonly string[]): Buffer {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('');
  return createHmac('sha256', key).update(text).digest();
}

/**
 * Under what a fact about a text is remembered: SHA-256 of a key and the text. Nobody is ever shown it, so that it need not
 * stand up to forgers as an HMAC does, and takes a quarter of the time.
 */
export const memoDigest = ({ memo }: ServerKeys, text: string): string =>
  hash('sha256', memo + text, 'base64');

/** Seals a text with AES-256-GCM; `context` (a key id, say) is bound in, so that a sealed text cannot change places. */
export function seal(key: Buffer, context: string, plaintext: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** Opens what `seal` made. @throws Error when the key, the context, or the text is not the one it was sealed with. */
export function unseal(key: Buffer, context: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}
