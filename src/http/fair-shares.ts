// A bounded amount of something, shared by all who come: each may hold a quarter of what is left at that moment. One alone
// gets a fifth of the whole, ten who want everything get 7 % each, and who comes next still finds some (dynamic
// thresholds, Choudhury and Hahne, 1998).

const shareOfTheRest = 4;

export class FairShares {
  readonly #held = new Map<string, number>();
  #free: number;

  /** @param capacity of whatever is shared: requests, bytes */
  constructor(capacity: number) {
    this.#free = capacity;
  }

  /** Takes an amount, unless whoever it is holds enough. It may go beyond the share by that amount once. */
  take(who: string, amount = 1): boolean {
    const held = this.#held.get(who) ?? 0;
    if (held >= this.#free / shareOfTheRest || amount > this.#free) return false;
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
