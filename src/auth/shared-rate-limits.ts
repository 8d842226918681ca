// The limits of requests over all instances: counted in the database, in one statement for all that wait. Whoever is
// beyond a limit is refused from memory until the window ends. What cannot be counted there is counted here.

import { LRUCache } from 'lru-cache';
import { countRequests } from '../db/rate-limits.ts';
import type { Database } from '../db/tables.ts';
import { oneAtATime } from './batch.ts';
import {
  type CountedCaller,
  createRateLimits,
  isExceeded,
  type RateLimitSettings,
  type RateLimitState,
  type RateLimits,
  windowSeconds,
} from './rate-limits.ts';

/** Callers that are known to be beyond a limit. A forgotten one costs a statement. */
const refusedAtMost = 100_000;

/** @param onAway told of each request that the memory of this process counted instead. */
export function createSharedRateLimits(
  db: Database,
  settings: RateLimitSettings,
  onAway: () => void,
): RateLimits {
  if (settings.requestsPerCredential + settings.requestsPerOrganization === 0)
    return { count: async () => [] };
  const insurance = createRateLimits(settings);
  const refused = new LRUCache<string, RateLimitState>({ max: refusedAtMost });
  const countTogether = oneAtATime((callers: readonly CountedCaller[]) => counted(db, callers, settings));
  const refusalOf = (key: string): RateLimitState | undefined => {
    const state = refused.get(key);
    return state && { ...state, resetSeconds: Math.max(1, Math.ceil(refused.getRemainingTTL(key) / 1000)) };
  };
  return {
    async count(caller) {
      const refusal = refusalOf(caller.credentialId) ?? refusalOf(caller.organizationId);
      if (refusal) return [refusal];
      const outcome = await countTogether(caller).catch(() => undefined);
      if (!outcome) {
        onAway();
        return insurance.count(caller);
      }
      for (const { state, id, msBeforeNext } of outcome) {
        if (isExceeded(state) && msBeforeNext > 0) refused.set(id, state, { ttl: msBeforeNext });
      }
      return outcome.map(({ state }) => state);
    },
  };
}

interface Counted {
  state: RateLimitState;
  id: string;
  msBeforeNext: number;
}

/** For each caller, in their order, what its request found of each limit, as if they had come one by one. */
async function counted(
  db: Database,
  callers: readonly CountedCaller[],
  settings: RateLimitSettings,
): Promise<Counted[][]> {
  const rows = await countRequests(db, callers, { ...settings, windowSeconds });
  const counts = new Map(rows.map(({ key, before, msBeforeNext }) => [key, { used: before, msBeforeNext }]));
  const take = (policy: RateLimitState['policy'], id: string, limit: number): Counted[] => {
    const count = counts.get(`${policy} ${id}`);
    if (!count) return [];
    count.used += 1;
    const { used, msBeforeNext } = count;
    const resetSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    return [
      { state: { policy, limit, windowSeconds, remaining: limit - used, resetSeconds }, id, msBeforeNext },
    ];
  };
  return callers.map(({ credentialId, organizationId }) => {
    const own = take('credential', credentialId, settings.requestsPerCredential);
    if (own.some(({ state }) => isExceeded(state))) return own;
    return [...own, ...take('organization', organizationId, settings.requestsPerOrganization)];
  });
}
