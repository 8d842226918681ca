// The life of a signing key: published ahead, then signing, then accepted until the longest token has run out, then
// retired, so that rotation refuses no good token. It follows from times in the database, so that instances agree
// without talking. A key that leaked is ended at once instead.

import { holdStartLock } from '../db/server-state.ts';
import {
  changeSigningKey,
  endCompromisedSigningKeys,
  erasePrivateKeys,
  insertSigningKey,
  listAcceptedSigningKeys,
  listSigningKeys,
  replaceSealedPrivateKey,
  retireOtherSigningKeys,
  type SigningKeyTimes,
} from '../db/signing-keys.ts';
import type { Database, Transaction } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import { longestTokenSeconds } from '../scopes.ts';
import { recordAuditEverywhere } from './audit.ts';
import type { ServerKeys } from './server-keys.ts';
import { jwksMaxAgeSeconds, makeSigningKey, resealed, type SigningAlgorithm } from './signing-keys.ts';

/** How much an instance may be ahead of the time, or behind it. */
const clockErrorSeconds = 300;
/** The one that is ahead lets a key sign that the one behind has dated: other readers' copies have aged out by then too. */
const publishAheadSeconds = jwksMaxAgeSeconds + 2 * clockErrorSeconds;
/** What clocks may differ by where a key signs at once, or has signed its last. */
const skewSeconds = 60;
/** How long a key keeps its private half after its last token has run out: for an operator's second thoughts. */
const keptSeconds = 86_400;
const daySeconds = 86_400;

const after = (time: Date, seconds: number) => new Date(time.getTime() + seconds * 1000);

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

/**
 * Seals anew, under the master key, the private halves that are sealed under another accepted one. Safe to call from any
 * number of instances at once.
 * @returns the ids of those
 */
export async function resealSigningKeys(db: Database, keys: ServerKeys, now: Date): Promise<string[]> {
  if (keys.accepted.length === 0) return [];
  const kids: string[] = [];
  for (const row of await listAcceptedSigningKeys(db, now)) {
    const sealed = resealed(keys, row);
    if (sealed === undefined) continue;
    await replaceSealedPrivateKey(db, row, sealed);
    kids.push(row.kid);
  }
  return kids;
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
  const signsFrom = after(now, publishAheadSeconds);
  const othersAcceptedUntil = after(signsFrom, longestTokenSeconds + skewSeconds);
  const key = await makeSigningKey(keys, algorithm, now, signsFrom);
  await insertSigningKey(tx, key);
  await retireOtherSigningKeys(tx, key.kid, othersAcceptedUntil);
  return { kid: key.kid, signsFrom, othersAcceptedUntil };
}

export interface EndedKeys {
  /** No token of these is accepted from now on, on any instance. */
  ended: string[];
  /** The key that begins to sign at once; undefined when the one that signed goes on. */
  signer: string | undefined;
}

/**
 * Ends keys that leaked: `kid`, or without it every key whose tokens are accepted. Where the one that signs is among
 * them, the published one takes over at once, or else a new one. Call under the start lock.
 */
export async function endCompromisedKeys(
  tx: Transaction,
  keys: ServerKeys,
  given: { algorithm: SigningAlgorithm; kid: string | undefined },
  now: Date,
): Promise<EndedKeys> {
  const accepted = await listAcceptedSigningKeys(tx, now);
  const ended = given.kid === undefined ? accepted.map(({ kid }) => kid) : [given.kid];
  if (ended.length > 0) await endCompromisedSigningKeys(tx, ended, now);
  for (const kid of ended) {
    const target = { kind: 'SIGNING_KEY', id: kid } as const;
    await recordAuditEverywhere(tx, now, { action: 'SIGNING_KEY_COMPROMISED', target });
  }
  const signed = signerAt(accepted, now);
  const current = accepted.find((key) => key.accepted_until === null && !ended.includes(key.kid));
  if (!signed || ended.includes(signed.kid))
    return { ended, signer: await signAtOnce(tx, keys, { ...given, current: current?.kid }, now) };
  // Its successor was ended before it began, so it goes on without an end.
  if (!current) await changeSigningKey(tx, signed.kid, { accepted_until: null });
  return { ended, signer: undefined };
}

async function signAtOnce(
  tx: Transaction,
  keys: ServerKeys,
  { algorithm, current }: { algorithm: SigningAlgorithm; current: string | undefined },
  now: Date,
): Promise<string> {
  // Begun a moment ago, so that an instance whose clock is behind signs with it at once as well.
  const signsFrom = after(now, -skewSeconds);
  if (current !== undefined) {
    await changeSigningKey(tx, current, { signs_from: signsFrom });
    return current;
  }
  const key = await makeSigningKey(keys, algorithm, now, signsFrom);
  await insertSigningKey(tx, key);
  return key.kid;
}

export interface KeyPolicy {
  /** Of keys made from now on. */
  algorithm: SigningAlgorithm;
  /** How long a key signs; 0: until somebody rotates. */
  rotationDays: number;
}

export interface KeyUpkeep {
  rotation: Rotation | undefined;
  /** Keys whose private half was erased. */
  erased: string[];
  /** Keys whose private half was sealed under the master key, and under another accepted one before. */
  resealed: string[];
}

/**
 * Does what is due: rotates a key that has signed for long enough, erases private halves that are of no use, and seals
 * the others under the master key. Safe
 * to call from any number of instances at once: one rotates, and the others find that it is done.
 */
export async function keepSigningKeys(
  db: Database,
  keys: ServerKeys,
  policy: KeyPolicy,
  now: Date,
): Promise<KeyUpkeep> {
  const rotation = isRotationDue(await listSigningKeys(db), policy, now)
    ? await inTransaction(db, async (tx) => {
        await holdStartLock(tx);
        if (!isRotationDue(await listSigningKeys(tx), policy, now)) return undefined;
        return rotateSigningKey(tx, keys, policy.algorithm, now);
      })
    : undefined;
  const erased = await erasePrivateKeys(db, after(now, -keptSeconds));
  return { rotation, erased, resealed: await resealSigningKeys(db, keys, now) };
}

function isRotationDue(stored: readonly SigningKeyTimes[], { rotationDays }: KeyPolicy, now: Date): boolean {
  const latest = stored.filter((key) => key.compromised_at === null).at(-1);
  if (rotationDays === 0 || !latest) return false;
  return after(new Date(latest.signs_from), rotationDays * daySeconds) <= now;
}

export type SigningKeyState = 'published' | 'signing' | 'accepted' | 'retired' | 'compromised';

/** What each of the keys does at `now`; they come oldest first. */
export function signingKeyStates(
  stored: readonly SigningKeyTimes[],
  now: Date,
): { key: SigningKeyTimes; state: SigningKeyState }[] {
  const signer = signerAt(stored, now);
  return stored.map((key) => {
    if (key.compromised_at !== null) return { key, state: 'compromised' };
    if (!isAccepted(key, now)) return { key, state: 'retired' };
    if (key === signer) return { key, state: 'signing' };
    return { key, state: new Date(key.signs_from) > now ? 'published' : 'accepted' };
  });
}

const isAccepted = (key: SigningKeyTimes, now: Date): boolean =>
  key.compromised_at === null && (key.accepted_until === null || new Date(key.accepted_until) > now);

/** Of keys that come oldest first. */
const signerAt = <Key extends SigningKeyTimes>(stored: readonly Key[], now: Date): Key | undefined =>
  stored.filter((key) => isAccepted(key, now) && new Date(key.signs_from) <= now).at(-1);
