// Leaked API keys and client secrets: whoever holds one may end it, by that alone. The answer is the same for anything
// else, so a report tells its sender nothing about what was reported.

import type { CredentialState } from '../db/credentials.ts';
import { addressBlock } from './address-block.ts';
import { inMemory } from './attempt-limiter.ts';
import type { Auth } from './auth.ts';
import { revokeCredential } from './credentials.ts';
import type { Origin } from './principal.ts';
import { consume } from './rate-limit.ts';
import { heldBack } from './uniform-refusal.ts';

/** Secrets that one report may hold. */
export const mostReported = 20;

export interface LeakReportLimiter {
  /** Counts reported secrets, good or not. @throws AppError RATE_LIMITED with the seconds to wait. */
  report(address: string, count: number): Promise<void>;
}

/** Always in memory: what was never a secret of ours costs no statement. */
export function createLeakReportLimiter(): LeakReportLimiter {
  const byAddress = inMemory({ name: 'leak report', attempts: 120, windowSeconds: 60, blockSeconds: 30 });
  const sentence = 'Too many reports. Wait as long as Retry-After says, then report the rest.';
  return { report: (address, count) => consume(byAddress, addressBlock(address), count, sentence) };
}

/** Covers reading, checking, and revoking a report's secrets; what takes longer is a database that is slow for all. */
const reportHoldMs = 300;

/**
 * Revokes the credential of every secret that was issued and is not revoked yet, also of an owner who is deactivated:
 * nothing may come back to life with a leaked secret. All is done when this returns, at one time after the start.
 * @param secrets API keys and client secrets; anything else changes nothing
 * @throws AppError RATE_LIMITED, SERVICE_UNAVAILABLE
 */
export async function revokeLeaked(auth: Auth, origin: Origin, secrets: readonly string[]): Promise<void> {
  await auth.leakReportLimiter.report(origin.address ?? 'unknown', secrets.length);
  await heldBack(reportHoldMs, async () => {
    // Copied out of a file, a secret often brings its line end along.
    const distinct = [...new Set(secrets.map((secret) => secret.trim()))];
    const holders = await Promise.all(distinct.map((secret) => holderOf(auth, secret)));
    for (const holder of holders) {
      if (!holder) continue;
      const reporter = {
        organizationId: holder.organizationId,
        actor: { kind: 'ANONYMOUS', origin },
      } as const;
      await revokeCredential(auth, reporter, holder.id, 'CREDENTIAL_REVOKED_AS_LEAKED');
    }
  });
}

/** The credential that a secret opens, or would open again; undefined for a revoked one and for any other text. */
async function holderOf(auth: Auth, text: string): Promise<CredentialState | undefined> {
  const secret = auth.secrets.read(text.startsWith('lk_key_') ? 'key' : 'sec', text);
  const state = secret && (await auth.credentialState(secret.id));
  if (!state || state.revoked) return undefined;
  return (await auth.secrets.matches(secret, state.hashes)) ? state : undefined;
}
