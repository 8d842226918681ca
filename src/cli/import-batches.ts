// Records gathered into batches, each written while the next one is gathered: no more than two are in memory.

const mostRecords = 1_000;
/** PostgreSQL takes no more than 256 MB of JSON at once, and a batch is in memory several times while it is written. */
const enoughCharacters = 16 * 1024 * 1024;

export class Batches<Item> {
  readonly #write: (batch: readonly Item[]) => Promise<void>;
  #batch: Item[] = [];
  #characters = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(write: (batch: readonly Item[]) => Promise<void>) {
    this.#write = write;
  }

  /**
   * Waits when the batch before is still being written. Throws what writing it threw.
   * @param length of the record's JSON text, in characters
   */
  async add(item: Item, length: number): Promise<void> {
    this.#batch.push(item);
    this.#characters += length;
    if (this.#batch.length === mostRecords || this.#characters >= enoughCharacters) await this.#writeBatch();
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
    this.#characters = 0;
  }
}
