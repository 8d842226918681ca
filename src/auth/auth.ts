// Everything that identity and secrets need, put together once from what the process was given.

import { type CredentialState, findCredentialStates } from '../db/credentials.ts';
import { findSessionStates, type SessionState } from '../db/sessions.ts';
import type { Database } from '../db/tables.ts';
import { type AccessTokens, createAccessTokens } from './access-token.ts';
import { inDatabase, inMemory } from './attempt-limiter.ts';
import { type Asked, batched } from './batch.ts';
import { type CredentialUseRecorder, createCredentialUseRecorder } from './credential-use.ts';
import { createLeakReportLimiter, type LeakReportLimiter } from './leak-report.ts';
import { createPasswordHasher, type PasswordHasher, type PasswordWork } from './passwords.ts';
import { createRateLimits, type RateLimitSettings, type RateLimits } from './rate-limits.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import type { ServerKeys } from './server-keys.ts';
import { createSharedRateLimits } from './shared-rate-limits.ts';
import { createSignInLimiter, type SignInLimiter } from './sign-in-limiter.ts';
import { createKeyring, type Keyring } from './signing-keys.ts';
import {
  createUniformRefusal,
  machineHoldMs,
  type UniformRefusal,
  usualSignInHoldMs,
} from './uniform-refusal.ts';

/** A credential, and the access token that is presented with it, if one is. */
interface AskedCredential extends Asked {
  jti?: string;
}

/** Told of what happens, for metrics: counts and never whose. */
export interface AuthObserver {
  /** So many callers were looked up by one statement. */
  stateBatch(kind: 'credential' | 'session', size: number): void;
  tokenIssued(): void;
  /** A request or attempt was counted in the memory of this process, because the database could not count it. */
  countedInMemory(): void;
}

export interface Auth {
  readonly db: Database;
  readonly now: () => Date;
  readonly keys: ServerKeys;
  readonly issuer: string;
  /** Is the credential live, and what may it read, now? One statement for all that ask in the same turn. */
  readonly credentialState: (id: string) => Promise<CredentialState | undefined>;
  /** The same of an access token's client, and whether the token itself was revoked, in the same statement. */
  readonly tokenState: (clientId: string, jti: string) => Promise<CredentialState | undefined>;
  readonly sessionState: (id: string) => Promise<SessionState | undefined>;
  readonly secrets: Secrets;
  readonly passwords: PasswordHasher;
  readonly keyring: Keyring;
  readonly accessTokens: AccessTokens;
  readonly credentialUse: CredentialUseRecorder;
  readonly signInLimiter: SignInLimiter;
  readonly leakReportLimiter: LeakReportLimiter;
  readonly rateLimits: RateLimits;
  /** In which machine callers are authenticated: all refusals leave alike. */
  readonly refuseMachines: UniformRefusal;
  /** In which passwords are checked: right and wrong ones leave alike. */
  readonly checkPasswords: UniformRefusal;
}

/** Where requests and attempts are counted: in the memory of each process, or in the database for all instances. */
export type RateLimitStore = 'memory' | 'database';

export interface AuthOptions extends Partial<RateLimitSettings> {
  /** Absent: memory. */
  rateLimitStore?: RateLimitStore;
  /** Absent: in this process. */
  passwordWork?: PasswordWork | undefined;
  /** Milliseconds that the check of a password takes at least; absent: 300. */
  signInHoldMs?: number | undefined;
  db: Database;
  now: () => Date;
  keys: ServerKeys;
  issuer: string;
}

const nobody: AuthObserver = { stateBatch: () => {}, tokenIssued: () => {}, countedInMemory: () => {} };

export function createAuth(
  {
    db,
    now,
    keys,
    issuer,
    rateLimitStore = 'memory',
    passwordWork,
    signInHoldMs = usualSignInHoldMs,
    ...limits
  }: AuthOptions,
  observer = nobody,
): Auth {
  const keyring = createKeyring(db, keys, now);
  const session = batched(
    (ids) => findSessionStates(db, ids),
    (size) => observer.stateBatch('session', size),
  );
  const state = batched(
    (ids, asked: readonly AskedCredential[]) => {
      const tokens = new Set(asked.flatMap(({ jti }) => jti ?? []));
      return findCredentialStates(db, ids, [...tokens], now());
    },
    (size) => observer.stateBatch('credential', size),
  );
  const isShared = rateLimitStore === 'database';
  const onAway = observer.countedInMemory;
  const newLimiter = isShared ? inDatabase({ db, digestKey: keys.attempt, onAway }) : inMemory;
  const settings = { requestsPerCredential: 0, requestsPerOrganization: 0, ...limits };
  return Object.freeze({
    db,
    now,
    keys,
    issuer,
    credentialState: (id: string) => state({ id }),
    tokenState: (id: string, jti: string) => state({ id, jti }),
    sessionState: (id: string) => session({ id }),
    secrets: createSecrets(keys),
    passwords: createPasswordHasher(passwordWork),
    keyring,
    accessTokens: createAccessTokens({ issuer, keyring, keys, now, onIssued: observer.tokenIssued }),
    credentialUse: createCredentialUseRecorder(db, now),
    signInLimiter: createSignInLimiter(newLimiter),
    leakReportLimiter: createLeakReportLimiter(),
    rateLimits: isShared ? createSharedRateLimits(db, settings, onAway) : createRateLimits(settings),
    refuseMachines: createUniformRefusal(machineHoldMs),
    checkPasswords: createUniformRefusal(signInHoldMs, { holdsResults: true }),
  });
}
