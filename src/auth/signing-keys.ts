// The keys that sign access tokens: published ahead, then signing, then retired, so that rotation refuses no good
// token. What state a key is in follows from its times in the database, so every instance agrees without talking.

import type { webcrypto } from 'node:crypto';

type CryptoKey = webcrypto.CryptoKey;

import { exportJWK, exportPKCS8, generateKeyPair, importJWK, importPKCS8, type JWK } from 'jose';
import {
  insertSigningKey,
  listAcceptedSigningKeys,
  retireOtherSigningKeys,
  type StoredSigningKey,
} from '../db/signing-keys.ts';
import type { Database, Transaction } from '../db/tables.ts';
import { AppError } from '../errors.ts';
import { randomBase62 } from './random.ts';
import { type ServerKeys, seal, unseal } from './server-keys.ts';

export const signingAlgorithms = ['ES256', 'RS256'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** How long readers may keep the JWKS, in seconds. */
export const jwksMaxAgeSeconds = 300;
const publishAheadSeconds = 2 * jwksMaxAgeSeconds;
const longestTokenSeconds = 3600;
const reloadCoolDownMs = 1_000;

/** Makes a key pair and its row: the private half sealed under the master key. */
async function makeSigningKey(
  keys: ServerKeys,
  algorithm: SigningAlgorithm,
  createdAt: Date,
  signsFrom: Date,
) {
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

/** Makes the deployment's first signing key, if it has none. Call under the start lock. */
export async function ensureSigningKey(
  tx: Transaction,
  keys: ServerKeys,
  algorithm: SigningAlgorithm,
  now: Date,
): Promise<void> {
  if ((await listAcceptedSigningKeys(tx, now)).length > 0) return;
  await insertSigningKey(tx, await makeSigningKey(keys, algorithm, now, now));
}

export interface Rotation {
  kid: string;
  signsFrom: Date;
  othersAcceptedUntil: Date;
}

/**
 * Publishes a new key now, lets it sign once every reader's copy of the JWKS has aged out, and accepts what the old
 * one signed until the longest token has run out. Call under the start lock.
 * @returns undefined when a published key has yet to begin signing: then there is nothing to do.
 */
export async function rotateSigningKey(
  tx: Transaction,
  keys: ServerKeys,
  algorithm: SigningAlgorithm,
  now: Date,
): Promise<Rotation | undefined> {
  const accepted = await listAcceptedSigningKeys(tx, now);
  if (accepted.some((key) => new Date(key.signs_from) > now)) return undefined;
  const signsFrom = new Date(now.getTime() + publishAheadSeconds * 1000);
  const othersAcceptedUntil = new Date(signsFrom.getTime() + (longestTokenSeconds + 60) * 1000);
  const key = await makeSigningKey(keys, algorithm, now, signsFrom);
  await insertSigningKey(tx, key);
  await retireOtherSigningKeys(tx, key.kid, othersAcceptedUntil);
  return { kid: key.kid, signsFrom, othersAcceptedUntil };
}

interface LoadedKey {
  kid: string;
  algorithm: string;
  signsFrom: number;
  publicKey: CryptoKey;
  privateKey: CryptoKey;
}

export interface Keyring {
  /** The key that signs now, among those that the database accepts now. */
  signer(acceptedKids: readonly string[]): Promise<LoadedKey>;
  /** The public half of a key that is or was accepted; undefined for an unknown id. Floods of unknown ids are cheap. */
  verifier(kid: string): Promise<{ algorithm: string; publicKey: CryptoKey } | undefined>;
  /** The public halves of the accepted keys (RFC 7517), read from the database now. */
  publicJwks(): Promise<{ keys: JWK[] }>;
}

/** Keys are kept in memory once read; whether one is still accepted is never decided here (see CredentialState). */
export function createKeyring(db: Database, keys: ServerKeys, now: () => Date): Keyring {
  const loaded = new Map<string, LoadedKey>();
  let loading: Promise<void> | undefined;
  let loadedAt = Number.NEGATIVE_INFINITY;

  const read = async () => {
    const stored = await listAcceptedSigningKeys(db, now());
    for (const row of stored) if (!loaded.has(row.kid)) loaded.set(row.kid, await open(keys, row));
    loadedAt = performance.now();
  };
  const reload = () => {
    loading ??= read().finally(() => {
      loading = undefined;
    });
    return loading;
  };
  const newestOf = (kids: readonly string[]) =>
    kids
      .flatMap((kid) => loaded.get(kid) ?? [])
      .filter((key) => key.signsFrom <= now().getTime())
      .sort((a, b) => b.signsFrom - a.signsFrom)[0];

  return {
    async signer(acceptedKids) {
      if (acceptedKids.some((kid) => !loaded.has(kid))) await reload();
      const key = newestOf(acceptedKids);
      if (!key)
        throw new AppError('SERVICE_UNAVAILABLE', { detail: 'no signing key may sign at this moment' });
      return key;
    },
    async verifier(kid) {
      if (!loaded.has(kid) && performance.now() - loadedAt > reloadCoolDownMs) await reload();
      return loaded.get(kid);
    },
    async publicJwks() {
      const stored = await listAcceptedSigningKeys(db, now());
      return { keys: stored.map((row) => row.public_jwk as JWK) };
    },
  };
}

async function open(keys: ServerKeys, row: StoredSigningKey): Promise<LoadedKey> {
  const pkcs8 = unseal(keys.seal, row.kid, row.sealed_private_key);
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    signsFrom: Date.parse(row.signs_from),
    publicKey: (await importJWK(row.public_jwk as JWK, row.algorithm)) as CryptoKey,
    privateKey: await importPKCS8(pkcs8, row.algorithm),
  };
}
