// Presented secrets against the hashes that are stored of them. That a secret is genuine, and that it matches a hash, are
// facts: they are remembered, so that a caller who comes again costs one digest. Whether it still opens anything is state,
// and is asked elsewhere each time.

import argon2 from 'argon2';
import { LRUCache } from 'lru-cache';
import { type GenuineSecret, parseSecret, type SecretKind } from './secret.ts';
import { memoDigest, type ServerKeys } from './server-keys.ts';
import { createWorkQueue, type QueueStatus } from './work-queue.ts';

// Machine secrets carry 256 random bits, so memory and passes add no safety; these keep a first check near half a
// millisecond. See DECISIONS.md.
const parameters = { type: argon2.argon2id, memoryCost: 1024, timeCost: 1, parallelism: 1 } as const;

/** What is remembered of a genuine secret, under a digest: never the secret. */
interface Facts extends GenuineSecret {
  readonly digest: string;
  /** The stored hash that it was found to match. */
  matched?: string;
}

/** A genuine secret that was presented: as short-lived as the request. */
export interface ReadSecret {
  /** Of the row that it names. */
  readonly id: string;
  readonly text: string;
  readonly facts: Facts;
}

export interface Secrets {
  /** Reads a presented secret of this kind; undefined for anything that this server did not make. No database. */
  read(kind: SecretKind, text: string): ReadSecret | undefined;
  hash(secret: string): Promise<string>;
  /** Whether it matches any of these stored hashes. @throws AppError SERVICE_UNAVAILABLE when too many checks wait */
  matches(secret: ReadSecret, hashes: readonly string[]): Promise<boolean>;
  queueStatus(): QueueStatus;
}

/** With a bounded memory. Checks of the same secret at the same time share one computation. */
export function createSecrets(keys: ServerKeys): Secrets {
  const known = new LRUCache<string, Facts>({ max: 50_000 });
  const running = new Map<string, Promise<boolean>>();
  const queue = createWorkQueue(2, 5_000);

  const foundOut = (kind: SecretKind, text: string, digest: string): Facts | undefined => {
    const secret = parseSecret(keys, kind, text);
    const facts = secret && { ...secret, digest };
    if (facts) known.set(digest, facts);
    return facts;
  };

  const check = async (text: string, facts: Facts, hash: string, place: string): Promise<boolean> => {
    try {
      const matches = await queue.run(() => argon2.verify(hash, text));
      if (matches) facts.matched = hash;
      return matches;
    } finally {
      running.delete(place);
    }
  };

  const isMatch = ({ text, facts }: ReadSecret, hash: string): boolean | Promise<boolean> => {
    if (facts.matched === hash) return true;
    const place = `${facts.digest} ${hash}`;
    const pending = running.get(place) ?? check(text, facts, hash, place);
    running.set(place, pending);
    return pending;
  };

  return {
    read(kind, text) {
      const digest = memoDigest(keys, text);
      const facts = known.get(digest) ?? foundOut(kind, text, digest);
      return facts?.kind === kind ? { id: facts.id, text, facts } : undefined;
    },
    hash: (secret) => queue.run(() => argon2.hash(secret, parameters)),
    async matches(secret, hashes) {
      for (const hash of hashes) if (await isMatch(secret, hash)) return true;
      return false;
    },
    queueStatus: queue.status,
  };
}
