// The keys that sign access tokens: how they are made, kept, opened, and published. Which of them signs and which are
// accepted is state, read from the database on every request; what they are is kept in memory.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import { listAcceptedSigningKeys, type NewSigningKey, type StoredSigningKey } from '../db/signing-keys.ts';
import type { Database } from '../db/tables.ts';
import { AppError } from '../errors.ts';
import { randomBase62 } from './random.ts';
import { everyKeys, type ServerKeys, seal, unseal } from './server-keys.ts';

export const signingAlgorithms = ['ES256', 'RS256'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** How long readers may keep the JWKS, in seconds. */
export const jwksMaxAgeSeconds = 300;
/** Between two looks for keys that are not known yet. */
const reloadEveryMs = 100;

/** Makes a key pair and its row: the private half sealed under the master key. */
export async function makeSigningKey(
  keys: ServerKeys,
  algorithm: SigningAlgorithm,
  createdAt: Date,
  signsFrom: Date,
): Promise<NewSigningKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 3072 });
  const kid = randomBase62(22);
  const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, use: 'sig', alg: algorithm };
  return {
    kid,
    algorithm,
    public_jwk: JSON.stringify(publicJwk),
    sealed_private_key: seal(keys.seal, kid, await exportPKCS8(pair.privateKey)),
    created_at: createdAt,
    signs_from: signsFrom,
  };
}

interface LoadedKey {
  kid: string;
  algorithm: string;
  publicKey: KeyObject;
  /** Undefined when it cannot be opened: then the key verifies and does not sign. */
  privateKey: KeyObject | undefined;
}

export type Signer = LoadedKey & { privateKey: KeyObject };
export type Verifier = Pick<LoadedKey, 'algorithm' | 'publicKey'>;

export interface Keyring {
  /**
   * The first of these keys, in the order in which the database has them now, that can sign.
   * @throws AppError SERVICE_UNAVAILABLE when none can.
   */
  signer(acceptedKids: readonly string[]): Promise<Signer>;
  /** The public half of a key that is or was accepted; undefined for an unknown id. Floods of unknown ids are cheap. */
  verifier(kid: string): Promise<Verifier | undefined>;
  /** The public halves of the accepted keys (RFC 7517), read from the database now. */
  publicJwks(): Promise<{ keys: JWK[] }>;
}

/** When the key that signs at `now` was made; undefined when none does. */
export async function signingKeyMadeAt(db: Database, now: Date): Promise<Date | undefined> {
  const keys = await listAcceptedSigningKeys(db, now);
  const signs = keys.findLast((key) => Date.parse(key.signs_from) <= now.getTime());
  return signs && new Date(signs.created_at);
}

/** Keys are kept in memory once read; whether one is still accepted is never decided here (see CredentialState). */
export function createKeyring(db: Database, keys: ServerKeys, now: () => Date): Keyring {
  const loaded = new Map<string, LoadedKey>();
  const reload = spaced(reloadEveryMs, async () => {
    for (const row of await listAcceptedSigningKeys(db, now())) {
      const key = loaded.get(row.kid) ?? (await openKey(keys, row).catch(() => undefined));
      if (key) loaded.set(row.kid, key);
    }
  });
  return {
    async signer(acceptedKids) {
      if (acceptedKids.some((kid) => !loaded.has(kid))) await reload();
      const key = acceptedKids.map((kid) => loaded.get(kid)).find(canSign);
      if (key) return key;
      throw new AppError('SERVICE_UNAVAILABLE', { detail: 'no signing key can sign at this moment' });
    },
    async verifier(kid) {
      if (!loaded.has(kid)) await reload();
      return loaded.get(kid);
    },
    async publicJwks() {
      const stored = await listAcceptedSigningKeys(db, now());
      return { keys: stored.map((row) => row.public_jwk as JWK) };
    },
  };
}

const canSign = (key: LoadedKey | undefined): key is Signer => key?.privateKey !== undefined;

/**
 * Runs `work` for whoever asks, begun after they asked, and never twice within `ms`: all who ask meanwhile wait for the
 * same run. So a key that another instance made a moment ago is found, and junk costs no more than a query each `ms`.
 */
function spaced(ms: number, work: () => Promise<void>): () => Promise<void> {
  let next: Promise<void> | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  const run = async () => {
    const wait = lastAt + ms - performance.now();
    await (wait > 0 ? pause(wait) : undefined);
    next = undefined;
    lastAt = performance.now();
    await work();
  };
  return () => {
    next ??= run();
    return next;
  };
}

async function openKey(keys: ServerKeys, row: StoredSigningKey): Promise<LoadedKey> {
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    publicKey: createPublicKey({ key: row.public_jwk as JWK, format: 'jwk' }),
    privateKey: await openPrivateKey(keys, row).catch(() => undefined),
  };
}

async function openPrivateKey(keys: ServerKeys, row: StoredSigningKey): Promise<KeyObject> {
  const { pkcs8 } = unsealed(keys, row);
  const itsPublicHalf = createPublicKey(pkcs8).export({ format: 'jwk' });
  if (Object.entries(itsPublicHalf).some(([name, value]) => row.public_jwk[name] !== value))
    throw new Error('the public half is of another key');
  return createPrivateKey(pkcs8);
}

/** The private half of a key, and the keys of the master key that it is sealed under. @throws Error when none opens it */
function unsealed(
  keys: ServerKeys,
  { kid, sealed_private_key: sealed }: StoredSigningKey,
): { pkcs8: string; under: ServerKeys } {
  for (const under of everyKeys(keys)) {
    try {
      return { pkcs8: unseal(under.seal, kid, sealed ?? ''), under };
    } catch {
      // Sealed under another one, or under none of them.
    }
  }
  throw new Error('no master key opens it');
}

/**
 * A private half that is sealed under another accepted master key, sealed under the current one. Undefined when it is
 * already, and when none opens it.
 */
export function resealed(keys: ServerKeys, row: StoredSigningKey): string | undefined {
  try {
    const { pkcs8, under } = unsealed(keys, row);
    return under === keys ? undefined : seal(keys.seal, row.kid, pkcs8);
  } catch {
    return undefined;
  }
}

/** A stored signing key cannot be used; the message is for the person at the terminal. */
export class SigningKeyError extends Error {
  constructor(kid: string) {
    super(
      `The signing key ${kid} cannot be used: its private half does not open with this master key, or does not fit its ` +
        `public half. Restore the table signing_keys from a backup, or replace the key with ` +
        `\`latchkey keys rotate --compromised ${kid}\`: tokens that it signed are refused from then on.`,
    );
    this.name = 'SigningKeyError';
  }
}

/** Looks whether every accepted key can be used. @throws SigningKeyError for the first that cannot. */
export async function checkSigningKeys(db: Database, keys: ServerKeys, now: Date): Promise<void> {
  for (const row of await listAcceptedSigningKeys(db, now)) {
    const opened = await openKey(keys, row).catch(() => undefined);
    const known = (signingAlgorithms as readonly string[]).includes(row.algorithm);
    if (!known || !canSign(opened)) throw new SigningKeyError(row.kid);
  }
}
