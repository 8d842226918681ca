// Records gathered into batches, each written while the next one is gathered: no more than two are in memory.

import type { DataRecord } from '../db/data/records.ts';

const batchSize = 1_000;

export class Batches {
  readonly #write: (records: readonly DataRecord[]) => Promise<void>;
  #batch: DataRecord[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(write: (records: readonly DataRecord[]) => Promise<void>) {
    this.#write = write;
  }

  /** Waits when the batch before is still being written. Throws what writing it threw. */
  async add(record: DataRecord): Promise<void> {
    this.#batch.push(record);
    if (this.#batch.length === batchSize) await this.#writeBatch();
  }

  /** Call it once, when there are no more: then all has been written. */
  async end(): Promise<void> {
    if (this.#batch.length > 0) await this.#writeBatch();
    await this.#writing;
  }

  async #writeBatch(): Promise<void> {
    await this.#writing;
    this.#writing = this.#write(this.#batch);
    // Whoever awaits it gets its failure; until somebody does, it must not count as unhandled.
    this.#writing.catch(() => {});
    this.#batch = [];
  }
}
