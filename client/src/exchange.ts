// One HTTP request and its reply. Whatever goes wrong becomes a LatchkeyError, but for an abort, which stays the
// caller's own reason.

import { LatchkeyError } from './error.js';
import { type Clock, systemClock } from './retry.js';

export interface Http {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
}

export interface HttpOptions {
  /** Instead of the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** How long one attempt may take; for an export, until its first byte. 30,000 when absent. */
  readonly timeoutMs?: number | undefined;
  /** Instead of the system's. */
  readonly clock?: Clock | undefined;
}

export const httpOf = ({ fetch: given, clock = systemClock, timeoutMs = 30_000 }: HttpOptions): Http => ({
  fetch: given ?? ((...request) => fetch(...request)),
  clock,
  timeoutMs,
});

export interface Exchange extends Omit<RequestInit, 'signal'> {
  url: URL;
  /** Whether it does no harm to send it again when nobody knows what became of it. */
  idempotent: boolean;
  signal?: AbortSignal | undefined;
}

/** @param read makes the result of the reply, within the time of the attempt */
export async function exchange<Result>(
  http: Http,
  { url, idempotent, signal, ...init }: Exchange,
  read: (response: Response) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), http.timeoutMs);
  try {
    const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
    // A redirect would take the credential along, or turn a POST into a GET. It is a reply that nobody expects.
    const response = await http.fetch(url, { ...init, redirect: 'manual', signal: either });
    return await read(response);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LatchkeyError) throw error;
    throw late.signal.aborted
      ? lost('TIMEOUT', `${url.pathname} did not answer in time.`, idempotent, error)
      : lost('NETWORK', `The connection for ${url.pathname} failed.`, idempotent, error);
  } finally {
    clearTimeout(timer);
  }
}

export const lost = (code: string, message: string, retryable: boolean, cause: unknown) =>
  new LatchkeyError(message, { code, retryable, cause });
