// Long replies that are made and not read yet. Each is in memory until its client has taken it, so their sum is bounded, and
// nobody's slow reading takes the room of all others.

import { FairShares } from '../fair-shares.ts';
import type { HttpReply } from './exchange.ts';

/** Shorter ones are not counted, in bytes or characters: connections and their buffers take as much. */
const longReply = 64 * 1024;

/** Of all that wait; one organisation that nobody else competes with may keep a fifth of it, and one reply more. */
const keptAtMost = 256 * 1024 * 1024;

/** What is kept of one reply. */
export class ReplyPlace {
  readonly #shares: FairShares;
  #who = '';
  #bytes = 0;
  #isLeft = false;

  constructor(shares: FairShares) {
    this.#shares = shares;
  }

  /** @returns false when whoever it is for keeps too many unread */
  keep(who: string, { body }: HttpReply): boolean {
    const bytes = body === undefined || typeof body === 'function' ? 0 : body.length;
    if (this.#isLeft || bytes <= longReply) return true;
    if (!this.#shares.take(who, bytes)) return false;
    this.#who = who;
    this.#bytes = bytes;
    return true;
  }

  /** The reply was read, or nobody will. */
  leave(): void {
    this.#isLeft = true;
    if (this.#bytes > 0) this.#shares.giveBack(this.#who, this.#bytes);
    this.#bytes = 0;
  }
}

export class UnreadReplies {
  readonly #shares: FairShares;

  /** @param bytes absent: 256 MB */
  constructor(bytes = keptAtMost) {
    this.#shares = new FairShares(bytes);
  }

  place(): ReplyPlace {
    return new ReplyPlace(this.#shares);
  }
}
