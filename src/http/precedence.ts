// Who is served first. Callers that were found to be good go ahead; whoever presents what is not known yet, or nothing, waits
// in a line of which one request is begun in each turn of the event loop. So a flood of junk gets what is left of the core,
// and nobody who is known waits behind it.

import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';

/** Of one process. Whoever falls out waits once, and is known again. */
const knownAtMost = 50_000;

/** What a request presents: its SHA-256, so that nothing is kept that opens anything. Undefined when it presents nothing. */
export function presentedBy({ authorization, cookie }: IncomingHttpHeaders): string | undefined {
  const presented = authorization ?? cookie;
  return presented === undefined ? undefined : hash('sha256', presented, 'base64');
}

export class Precedence {
  readonly #known = new LRUCache<string, true>({ max: knownAtMost });
  readonly #line: (() => void)[] = [];

  /** Whether whoever presents it need not wait. */
  knows(presented: string | undefined): boolean {
    return presented !== undefined && this.#known.get(presented) === true;
  }

  /** To be told what became of it, each time: who is refused, or asks too often, waits from then on. */
  note(presented: string | undefined, isGood: boolean): void {
    if (presented === undefined) return;
    if (isGood) this.#known.set(presented, true);
    else this.#known.delete(presented);
  }

  /** The turn of a request that has to wait. */
  turn(): Promise<void> {
    return new Promise((begin) => {
      this.#line.push(begin);
      if (this.#line.length === 1) setImmediate(this.#next);
    });
  }

  /** One begins; the next one does when all who need not wait have been heard again. */
  readonly #next = (): void => {
    this.#line.shift()?.();
    if (this.#line.length > 0) setImmediate(this.#next);
  };
}
