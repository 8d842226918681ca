// Who is served first. Callers that were found to be good go ahead; whoever presents what is not known yet, or nothing, waits.
// In each turn of the event loop one of those who wait is begun, of another address each time; while requests are refused,
// a few together every few milliseconds, which takes about a quarter less of the core. So a flood of junk gets what is left
// of it, nobody who is known waits behind it, and who is new waits behind a request or two of each address.

import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import { siteBlock } from '../auth/address-block.ts';
import { AppError } from '../errors.ts';
import { FairShares } from '../fair-shares.ts';

/** Of one process. Whoever falls out waits once, and is known again. */
const knownAtMost = 50_000;

/** Requests, of all addresses: a head of 16 kB and a hundred headers makes it some 100 MB. */
const waitAtMost = 5_000;

/** Turns in which a connection came and nobody who waits was begun: after so many in a row somebody is. */
const passedOverAtMost = 10;

/** For so long after a refusal, requests that wait begin together. */
const gatheringMs = 1_000;
/** From one beginning to the next one. */
const gatheredMs = 4;
/** Of one beginning. */
const gatheredAtMost = 16;

/** What a request presents: its SHA-256, so that nothing is kept that opens anything. Undefined when it presents nothing. */
export function presentedBy({ authorization, cookie }: IncomingHttpHeaders): string | undefined {
  const presented = authorization ?? cookie;
  return presented === undefined ? undefined : hash('sha256', presented, 'base64');
}

/** A request that waits. */
interface Waiting {
  begin(): void;
  isGone(): boolean;
}

export class Precedence {
  readonly #places: FairShares;
  readonly #known = new LRUCache<string, true>({ max: knownAtMost });
  /** Who waits, by address, the next one first. */
  readonly #lines = new Map<string, Waiting[]>();
  /** Whether a connection was taken over since the last turn. */
  #hasArrived = false;
  /** Turns in which nobody was begun, since the last one in which somebody was. */
  #passedOver = 0;
  /** When the last refusal was, of anybody. */
  #refusedAt = Number.NEGATIVE_INFINITY;
  readonly #now: () => number;

  /**
   * @param places for requests that wait; of one address a fifth of them, and less the more of others wait
   * @param now milliseconds, from any moment on
   */
  constructor(places = waitAtMost, now = () => performance.now()) {
    this.#places = new FairShares(places);
    this.#now = now;
  }

  /** Whether whoever presents it need not wait. */
  knows(presented: string | undefined): boolean {
    return presented !== undefined && this.#known.get(presented) === true;
  }

  /** To be told what became of it, each time: who is refused, or asks too often, waits from then on. */
  note(presented: string | undefined, isGood: boolean): void {
    if (!isGood) this.#refusedAt = this.#now();
    if (presented === undefined) return;
    if (isGood && !this.#known.has(presented)) this.#known.set(presented, true);
    else if (!isGood) this.#known.delete(presented);
  }

  /**
   * The turn of a request that has to wait. It does not come when its client is gone by then.
   * @throws AppError RATE_LIMITED when as many of its address, or block of addresses, wait as may
   */
  turn(address: string, isGone: () => boolean): Promise<void> {
    const block = siteBlock(address);
    if (!this.#places.take(block)) throw tooManyWait();
    if (this.#lines.size === 0) this.#arrange();
    const line = this.#lines.get(block) ?? [];
    this.#lines.set(block, line);
    return new Promise((begin) => line.push({ begin, isGone }));
  }

  /** A connection was taken over. Node takes over one in a turn: short turns let in the good ones behind it sooner. */
  arrival(): void {
    this.#hasArrived = true;
  }

  get #isGathering(): boolean {
    return this.#now() - this.#refusedAt < gatheringMs;
  }

  #arrange(): void {
    if (this.#isGathering) setTimeout(this.#next, gatheredMs);
    else setImmediate(this.#next);
  }

  /** Some begin, unless a connection came; the next ones do when all who need not wait have been heard again. */
  readonly #next = (): void => {
    const isPassedOver = this.#hasArrived && this.#passedOver < passedOverAtMost;
    this.#hasArrived = false;
    this.#passedOver = isPassedOver ? this.#passedOver + 1 : 0;
    if (isPassedOver) {
      setImmediate(this.#next);
      return;
    }
    const most = this.#isGathering ? gatheredAtMost : 1;
    for (let begun = 0; begun < most && this.#lines.size > 0; begun += 1) this.#begin();
    if (this.#lines.size > 0) this.#arrange();
  };

  #begin(): void {
    for (const [block, line] of this.#lines) {
      const first = this.#firstOf(block, line);
      this.#lines.delete(block);
      if (line.length > 0) this.#lines.set(block, line);
      if (!first) continue;
      first.begin();
      return;
    }
  }

  /** Takes out of a line all up to the first whose client is there. */
  #firstOf(block: string, line: Waiting[]): Waiting | undefined {
    const at = line.findIndex(({ isGone }) => !isGone());
    const taken = line.splice(0, at < 0 ? line.length : at + 1);
    this.#places.giveBack(block, taken.length);
    return at < 0 ? undefined : taken[at];
  }
}

const tooManyWait = () =>
  new AppError('RATE_LIMITED', {
    sentence:
      'Too many requests from your address are waiting. Wait as long as Retry-After says, then send it again.',
    reason: 'too_many_wait',
    retryAfterSeconds: 1,
  });
