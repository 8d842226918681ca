// Repeatable chance: the same seed and place give the same draws, on every machine and in every order of asking.

const idAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';

/** Draws of one place in the sample, as in `new Dice(seed, 'user', 12)`. Places never share their draws. */
export class Dice {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, purpose: string, index: number) {
    this.#a = seed | 0;
    this.#b = [...purpose].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), 7) | 0;
    this.#c = index | 0;
    for (let i = 0; i < 15; i += 1) this.bits();
  }

  /** 32 random bits: sfc32, by Chris Doty-Humphrey. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** From 0 up to, but not including, 1. */
  fraction(): number {
    return this.bits() / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new RangeError('there is nothing to pick from');
    return item;
  }

  /** As the product's conversations, interactions, and plugin calls have them: 12 characters. */
  shortId(): string {
    return Array.from({ length: 12 }, () => idAlphabet[this.bits() >>> 26]).join('');
  }

  /** As its plugin resources have them: 32 hexadecimal digits. */
  hexId(): string {
    return Array.from({ length: 4 }, () => this.bits().toString(16).padStart(8, '0')).join('');
  }

  /** As its users have them: an unsigned 64-bit number in decimal, too large for a JavaScript number. */
  numberId(): string {
    const value = (BigInt(this.bits()) << 32n) | BigInt(this.bits());
    return String(value | (1n << 60n));
  }
}
