// The JSON of a page, made of the values that page-values.ts has read of it.

import { type Bytes, bytesOf, Constant, JsonBytes } from './json-bytes.ts';
import { type PageField, type PageValues, separator, type Words } from './page-values.ts';

/** What was read of a page: the values of one record after another, in the order of the fields. */
export interface FoundValues {
  readonly texts: string;
  readonly instants: Uint8Array | null;
  /** How many records there are. */
  readonly found: number;
}

const [quote, stop] = [0x22, separator.charCodeAt(0)];
const upperHalfOfNone = -0x80000000;
const between = new Constant('},');
const end = new Constant('}');
const nullText = new Constant('null');
const typeOfObject = Buffer.from(`object${separator}`);
/** In bytes. What is longer gets memory of its own. */
const usualLength = 256 * 1024;
/** A unit of a string has three at most in UTF-8. */
const bytesOfUnit = 3;

/**
 * Makes pages one after another, in memory that is used again. Each value takes one stop from the texts, whatever it is:
 * so there are enough of them, and too many are seen at the end.
 */
export class PageWriter {
  readonly #bytes = new JsonBytes();
  readonly #usual = bytesOf(Buffer.allocUnsafeSlow(usualLength));
  /** The texts in UTF-8, and how far they have been taken. */
  #source: Bytes = this.#usual;
  #at = 0;
  #instants: DataView = new DataView(new ArrayBuffer(0));
  #instantAt = 0;

  /**
   * The JSON of the first records, one to `limit`, with commas between them, in this object's memory; undefined when there
   * are not as many values as records have: one of them holds what stands between values.
   */
  write(
    { fields, read }: PageValues,
    { texts, instants, found }: FoundValues,
    limit: number,
  ): Buffer | undefined {
    const length = this.#begin(texts, instants);
    for (let i = 0; i < found && i < limit; i += 1) {
      if (i > 0) this.#bytes.put(between);
      this.#fields(fields);
    }
    this.#bytes.put(end);
    for (let left = (found - limit) * read; left > 0; left -= 1) this.#skip();
    this.#source = this.#usual;
    return read > 0 && this.#at !== length + 1 ? undefined : this.#bytes.end();
  }

  /** @returns how long the texts are */
  #begin(texts: string, instants: Uint8Array | null): number {
    const most = bytesOfUnit * texts.length + 1;
    this.#source = most > usualLength ? bytesOf(Buffer.allocUnsafeSlow(most)) : this.#usual;
    const length = this.#source.bytes.write(texts);
    this.#source.bytes[length] = stop;
    this.#at = 0;
    if (instants) this.#instants = new DataView(instants.buffer, instants.byteOffset, instants.byteLength);
    this.#instantAt = 0;
    this.#bytes.begin();
    return length;
  }

  #fields(fields: readonly PageField[]): void {
    for (const field of fields) {
      this.#bytes.put(field.key);
      this.#value(field);
    }
  }

  #value(field: PageField): void {
    const { is } = field;
    if (is === 'text') this.#text();
    else if (is === 'optional text') this.#optionalText();
    else if (is === 'json') this.#json();
    else if (is === 'instant') this.#instant();
    else if (is === 'words') this.#bytes.put(this.#word(field.words));
    else if (is === 'object') this.#object(field);
  }

  #text(): void {
    this.#at = this.#bytes.text(this.#source, this.#at, this.#source.bytes.length, stop) + 1;
  }

  /** With a quotation mark before it when there is one. */
  #optionalText(): void {
    if (this.#source.bytes[this.#at] === quote) {
      this.#at += 1;
      this.#text();
    } else {
      this.#skip();
      this.#bytes.put(nullText);
    }
  }

  #json(): void {
    this.#at = this.#bytes.copyUntil(this.#source, this.#at, stop) + 1;
  }

  #instant(): void {
    const high = this.#instants.getInt32(this.#instantAt);
    if (high === upperHalfOfNone) this.#bytes.put(nullText);
    else this.#bytes.instant(high, this.#instants.getUint32(this.#instantAt + 4));
    this.#instantAt += 8;
  }

  #object({ fields, read }: PageField): void {
    if (this.#isNext(typeOfObject)) {
      this.#at += typeOfObject.length;
      this.#fields(fields);
      this.#bytes.put(end);
    } else {
      for (let left = read; left > 0; left -= 1) this.#skip();
      this.#bytes.put(nullText);
    }
  }

  #word(words: Words): Constant {
    for (const { stored, word } of words) {
      if (!this.#isNext(stored)) continue;
      this.#at += stored.length;
      return word;
    }
    this.#skip();
    return nullText;
  }

  #isNext(stored: Buffer): boolean {
    const { bytes } = this.#source;
    const at = this.#at;
    let i = 0;
    while (i < stored.length && bytes[at + i] === stored[i]) i += 1;
    return i === stored.length;
  }

  #skip(): void {
    while (this.#source.bytes[this.#at] !== stop) this.#at += 1;
    this.#at += 1;
  }
}
