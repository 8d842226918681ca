// A bounded amount of something, shared by all who come: each may hold so much in proportion to what is left at that moment.
// Of a quarter, one alone gets a fifth of the whole, ten who want everything get 7 % each, and who comes next still finds
// some (dynamic thresholds, Choudhury and Hahne, 1998).

export class FairShares {
  readonly #held = new Map<string, number>();
  readonly #proportion: number;
  #free: number;

  /**
   * @param capacity of whatever is shared: requests, bytes, connections
   * @param proportion of what is left, that each may hold
   */
  constructor(capacity: number, proportion = 1 / 4) {
    this.#free = capacity;
    this.#proportion = proportion;
  }

  /** Takes an amount, unless whoever it is holds enough. It may go beyond the share by that amount once. */
  take(who: string, amount = 1): boolean {
    const held = this.#held.get(who) ?? 0;
    if (held >= this.#free * this.#proportion || amount > this.#free) return false;
    this.#held.set(who, held + amount);
    this.#free -= amount;
    return true;
  }

  /** To be called once for each amount that was taken. */
  giveBack(who: string, amount = 1): void {
    const held = (this.#held.get(who) ?? 0) - amount;
    if (held > 0) this.#held.set(who, held);
    else this.#held.delete(who);
    this.#free += amount;
  }
}
