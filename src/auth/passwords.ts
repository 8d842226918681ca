// Passwords of people: argon2id with OWASP's parameters, in a queue of its own so that sign-in guesses cannot slow
// the checks of machine secrets.

import { randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import type { UserError } from '../errors.ts';
import { randomBase62 } from './random.ts';
import { createWorkQueue, type QueueStatus } from './work-queue.ts';

const parameters = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const shortest = 12;
const longest = 256;

/** Of no password: a salt and a digest by chance. To check against it takes what a check of anybody's password takes. */
function makeDecoy(): string {
  const { memoryCost, timeCost, parallelism } = parameters;
  const [salt, digest] = [16, 32].map((size) => randomBytes(size).toString('base64').replace(/=+$/, ''));
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${digest}`;
}

/** What takes tens of milliseconds of a core. */
export interface PasswordWork {
  hash(password: string): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
}

/** In one of this process's threads. */
export const workHere: PasswordWork = {
  hash: (password) => argon2.hash(password, parameters),
  verify: (password, hash) => argon2.verify(hash, password),
};

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Does the same work for an account without a password (undefined) as for one with, and then says no. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  queueStatus(): QueueStatus;
}

/** @param work where argon2id runs */
export function createPasswordHasher(work: PasswordWork = workHere): PasswordHasher {
  const queue = createWorkQueue(1, 200);
  const decoy = makeDecoy();
  return {
    hash: (password) => queue.run(() => work.hash(normalized(password))),
    async verify(password, hash) {
      const possible = isTooLong(password) ? '' : password;
      const matches = await queue.run(() => work.verify(normalized(possible), hash ?? decoy));
      return matches && hash !== undefined;
    },
    queueStatus: queue.status,
  };
}

/** A password to be printed once: 131 random bits. */
export const makePassword = (): string => randomBase62(22);

/** What is wrong with a new password (NIST SP 800-63B: length and no rules of composition), or undefined. */
export function passwordProblem(password: string): Pick<UserError, 'code' | 'message'> | undefined {
  if ([...password].length < shortest)
    return { code: 'INVALID', message: `Choose a password of at least ${shortest} characters.` };
  if (isTooLong(password))
    return { code: 'TOO_LONG', message: `Choose a password of at most ${longest} characters.` };
  if (!password.isWellFormed() || password.includes('\0')) {
    return { code: 'INVALID', message: 'Choose a password of ordinary characters.' };
  }
  return undefined;
}

const isTooLong = (password: string): boolean => [...password].length > longest;

// The same password typed on another system may arrive composed otherwise (NIST SP 800-63B 3.1.1.2).
const normalized = (password: string) => password.normalize('NFKC');
