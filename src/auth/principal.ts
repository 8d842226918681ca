// All that the rest of the house knows about a caller.

import type { AuthenticationType } from '../db/tables.ts';
import type { ScopeValue } from '../scopes.ts';

export interface Anonymous {
  kind: 'anonymous';
  /** A session was presented and has ended: the caller may sign in again, and do nothing else. */
  staleSession: boolean;
}

/** A signed-in person. */
export interface Person {
  kind: 'person';
  organizationId: string;
  accountId: string;
  role: 'SUPER_ADMIN' | 'MEMBER';
  sessionId: string;
}

/** A pipeline, by API key or access token. `scopes` is what it may read now. */
export interface Machine {
  kind: 'machine';
  organizationId: string;
  credentialId: string;
  /** Who it is in words, as the same statement told. */
  names: { credential: string; organization: string; organizationSlug: string };
  authenticationType: AuthenticationType;
  scopes: readonly ScopeValue[];
  /** Seconds since 1970; access tokens only. */
  tokenExpiresAt: number | undefined;
}

export type Principal = Anonymous | Person | Machine;

export const anonymous: Anonymous = Object.freeze({ kind: 'anonymous', staleSession: false });

/** Whoever proved to be somebody: a person by the account, a machine by the credential. */
export interface KnownCaller {
  readonly organizationId: string;
  readonly credentialId?: string;
  readonly accountId?: string;
}

/** Where a request came from: for the audit trail. */
export interface Origin {
  address: string | undefined;
  userAgent: string | undefined;
  requestId: string | undefined;
}
