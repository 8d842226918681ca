// How many requests a credential, and all credentials of an organisation together, may make in a minute. Only requests
// that were authenticated count, so nobody can use up what is another's. Counted here in the memory of the process; over
// all instances by shared-rate-limits.ts.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../errors.ts';
import type { Machine } from './principal.ts';

export interface RateLimitSettings {
  /** Requests a minute; 0 means no limit. */
  readonly requestsPerCredential: number;
  readonly requestsPerOrganization: number;
}

/** What is left of a limit, as the RateLimit header fields tell it (draft-ietf-httpapi-ratelimit-headers). */
export interface RateLimitState {
  readonly policy: 'credential' | 'organization';
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Whose request it is. */
export type CountedCaller = Pick<Machine, 'credentialId' | 'organizationId'>;

export interface RateLimits {
  /** Counts a request against each limit that is set. The first state that has nothing left refuses the request. */
  count(caller: CountedCaller): Promise<RateLimitState[]>;
}

export const windowSeconds = 60;

export function createRateLimits(settings: RateLimitSettings): RateLimits {
  const credentials = limiterOf('credential', settings.requestsPerCredential);
  const organizations = limiterOf('organization', settings.requestsPerOrganization);
  return {
    async count({ credentialId, organizationId }) {
      const states: RateLimitState[] = [];
      // A credential that is over its own limit takes nothing from the organisation's.
      if (credentials) states.push(await credentials(credentialId));
      if (organizations && !states.some(isExceeded)) states.push(await organizations(organizationId));
      return states;
    },
  };
}

export const isExceeded = ({ remaining }: RateLimitState): boolean => remaining < 0;

/** @throws AppError RATE_LIMITED with the seconds to wait, when a limit is exceeded. */
export function checkRateLimits(states: readonly RateLimitState[]): void {
  const exceeded = states.find(isExceeded);
  if (!exceeded) return;
  const whose = exceeded.policy === 'credential' ? 'This credential' : 'This organisation';
  throw new AppError('RATE_LIMITED', {
    sentence: `${whose} has made more than ${exceeded.limit.toLocaleString('en-US')} requests in a minute. Wait as long as Retry-After says, then go on.`,
    reason: `rate_limit_${exceeded.policy}`,
    detail: `rate limit of the ${exceeded.policy}`,
    retryAfterSeconds: exceeded.resetSeconds,
  });
}

function limiterOf(policy: RateLimitState['policy'], limit: number) {
  if (limit === 0) return undefined;
  const limiter = new RateLimiterMemory({ keyPrefix: policy, points: limit, duration: windowSeconds });
  return async (key: string): Promise<RateLimitState> => {
    const found = await limiter.consume(key).catch((refusal: unknown) => refusal);
    if (!(found instanceof RateLimiterRes)) throw found;
    const resetSeconds = Math.max(1, Math.ceil(found.msBeforeNext / 1000));
    const remaining = limit - found.consumedPoints;
    return { policy, limit, windowSeconds, remaining, resetSeconds };
  };
}
