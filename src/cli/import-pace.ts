// How fast an import goes, and how long it will still take, from how far it has come.

import type { ImportFile } from './import-files.ts';

const number = new Intl.NumberFormat('en-US');

/** Counts as an import goes on. */
export class Pace {
  records = 0;
  bytes = 0;
  readonly #size: number | undefined;
  readonly #startedAt: number;
  readonly #now: () => number;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(file: Pick<ImportFile, 'size'>, now: () => number = () => performance.now()) {
    this.#size = file.size;
    this.#now = now;
    this.#startedAt = now();
  }

  /** As in "12,000 records, 8,000 a second, 1:05 left"; without what cannot be known yet, or ever. */
  toString(): string {
    const seconds = (this.#now() - this.#startedAt) / 1_000;
    const parts = [`${number.format(this.records)} records`];
    if (seconds > 0) parts.push(`${number.format(Math.round(this.records / seconds))} a second`);
    if (this.#size !== undefined && this.bytes > 0) {
      const left = Math.max(0, (seconds * (this.#size - this.bytes)) / this.bytes);
      parts.push(`${minutes(left)} left`);
    }
    return parts.join(', ');
  }
}

function minutes(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
