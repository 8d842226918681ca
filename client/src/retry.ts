// When a refused or lost request is sent again: backoff with full jitter, never earlier than the server asked, and
// bounded in attempts and in time.

import { LatchkeyError } from './error.js';

export interface Retry {
  /** How often a request is sent at most, the first time included. 8 when absent; 1 retries nothing. */
  readonly attempts?: number | undefined;
  /** No attempt begins later than this after the first that failed. Two minutes when absent. */
  readonly totalMs?: number | undefined;
  /** The upper bound of the first wait; it doubles with each. 250 when absent. */
  readonly firstDelayMs?: number | undefined;
  /** The upper bound of any wait that the server did not ask for. 20,000 when absent. */
  readonly longestDelayMs?: number | undefined;
}

/** Time, as it can be replaced in tests. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @throws the signal's reason as soon as it is aborted */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const done = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const timer = setTimeout(done, ms);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', stop, { once: true });
    }),
};

/** The attempts of one request. */
export class Backoff {
  readonly #limits: { [Name in keyof Retry]-?: number };
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  #failures = 0;
  #deadline: number | undefined;

  constructor(retry: Retry | undefined, clock: Clock, signal: AbortSignal | undefined) {
    const { attempts = 8, totalMs = 120_000, firstDelayMs = 250, longestDelayMs = 20_000 } = retry ?? {};
    this.#limits = { attempts, totalMs, firstDelayMs, longestDelayMs };
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Counts anew: what is read in pieces got further. */
  reset(): void {
    this.#failures = 0;
    this.#deadline = undefined;
  }

  /** Waits for the next attempt. @throws the error itself when there is none left, or it would not help */
  async wait(error: unknown): Promise<void> {
    this.#failures += 1;
    if (!(error instanceof LatchkeyError) || !error.retryable) throw error;
    const { attempts, totalMs, firstDelayMs, longestDelayMs } = this.#limits;
    const now = this.#clock.now();
    this.#deadline ??= now + totalMs;
    const bound = Math.min(longestDelayMs, firstDelayMs * 2 ** (this.#failures - 1));
    // The jitter comes on top of what the server asks, so that those it sent away do not come back together.
    const delay = (error.retryAfterMs ?? 0) + Math.random() * bound;
    if (this.#failures >= attempts || now + delay > this.#deadline) throw error;
    await this.#clock.sleep(delay, this.#signal);
  }
}

/** Sends until it succeeds, the error is final, or attempts or time are used up. */
export async function retrying<Result>(backoff: Backoff, attempt: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await backoff.wait(error);
    }
  }
}

/**
 * `Retry-After`: seconds, or an HTTP date (RFC 9110 section 10.2.3), which is taken by the clock of whoever wrote it.
 * Undefined for anything else.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get('Retry-After')?.trim();
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const [until, from] = [value, headers.get('Date') ?? ''].map(httpDate);
  return until === undefined ? undefined : Math.max(0, until - (from ?? now));
}

function httpDate(text: string): number | undefined {
  const at = / GMT$/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
