// What a resolver may reach: the caller, the house below, and the reply's headers.

import type { Auth } from '../auth/auth.ts';
import type { Administrator } from '../auth/credentials.ts';
import type { KnownCaller, Origin, Person, Principal } from '../auth/principal.ts';
import type { RateLimitState } from '../auth/rate-limits.ts';
import type { ReadsOf } from '../db/database.ts';
import type { Database } from '../db/tables.ts';
import { AppError } from '../errors.ts';
import type { Batches } from './data/batches.ts';
import type { TextPlans } from './data/text-plan.ts';
import type { Texts } from './texts.ts';

export interface Context {
  readonly auth: Auth;
  /** The database, for whatever reads records or a list of this organisation. */
  readonly readsOf: ReadsOf;
  readonly principal: Principal;
  readonly origin: Origin;
  /** To be told of errors that are answered as data. */
  readonly noteProblem: (error: AppError) => void;
  /** To be told of who proved to be somebody by an argument: by a password, or a client's secret. */
  readonly noteProven: (caller: KnownCaller) => void;
  /** To be told what the request found of each limit, before it is refused for one. */
  readonly noteCounted: (states: readonly RateLimitState[]) => void;
  /** Headers that a resolver adds to the reply: the session cookie. */
  readonly replyHeaders: Record<string, string>;
  /** Reads of this request, gathered. */
  readonly batches: Batches;
  /** What of the reply is JSON text already. */
  readonly texts: Texts;
  readonly textPlans: TextPlans;
}

/** The organisation that the caller belongs to. */
export function organizationIdOf(context: Context): string {
  if (context.principal.kind === 'anonymous')
    throw new AppError('UNAUTHENTICATED', { detail: 'no organisation' });
  return context.principal.organizationId;
}

/** The database, for whatever reads records or a list of the caller's organisation. */
export const readsDb = (context: Context): Database => context.readsOf(organizationIdOf(context));

/** The signed-in person. scope-auth has checked already that there is one. */
export function personOf(context: Context): Person {
  if (context.principal.kind !== 'person')
    throw new AppError('FORBIDDEN', { reason: 'role', detail: 'not a person' });
  return context.principal;
}

/** The caller as an administrator, for changes and their audit events. */
export function administratorOf(context: Context): Administrator {
  const { organizationId, accountId } = personOf(context);
  return { organizationId, accountId, actor: { kind: 'PERSON', accountId, origin: context.origin } };
}
