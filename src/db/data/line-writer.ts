// Records as lines of JSON, made of what Postgres copies in binary: the least that reading many can cost on both sides.
// https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format"

import { CopyTarget } from '../copy-out.ts';
import { type ColumnType, typeOfColumn } from './column-facts.ts';
import { type Bytes, bytesOf, Constant, JsonBytes } from './json-bytes.ts';
import type { DataResource } from './resources.ts';

/** So many records as were found, up to a limit, and as long as a page may be. */
export interface LinePage {
  /** The lines in UTF-8, in memory of their writer. */
  readonly lines: Buffer;
  readonly count: number;
  /** Of the last record, when the page is full and there may be more. */
  readonly lastId: string | undefined;
}

/** The signature, the flags, and the length of what extends the header, which is nothing. */
const headerLength = 19;
const endOfRecords = -1;
const isNull = -1;

const nullText = new Constant('null');
const flagTexts = [new Constant('false'), new Constant('true')];
const lineEnd = new Constant('}\n');
const jsonbVersionLength = 1;
/** A page has no more records than reach so far, in bytes. */
const longestPage = 8 * 1024 * 1024;

/**
 * Makes one JSON object a line of each record, its fields in alphabetical order. Instants are ISO 8601 in UTC with
 * milliseconds, nulls are kept, jsonb stands as Postgres prints it.
 */
export class LineWriter {
  /** What is to be copied of each record, in this order: those of its line, and then its id. */
  readonly columns: readonly string[];
  readonly #fields: readonly { readonly key: Constant; readonly type: ColumnType }[];
  readonly #bytes = new JsonBytes();
  #limit = 0;
  #count = 0;
  #lastId: string | undefined;

  constructor(resource: DataResource, names: readonly string[]) {
    const shown = names.toSorted();
    this.columns = [...shown, 'id'];
    this.#fields = shown.map((name, i) => ({
      key: new Constant(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`),
      type: typeOfColumn(resource, name) ?? 'text',
    }));
  }

  /** What to copy a page of so many records to. The pieces of the page before are overwritten. */
  begin(limit: number): CopyTarget {
    this.#bytes.begin();
    this.#limit = limit;
    this.#count = 0;
    this.#lastId = undefined;
    let from = headerLength;
    return new CopyTarget((copied) => {
      let at = from;
      from = 0;
      while (!this.#isFull() && at < copied.length && copied.readInt16BE(at) !== endOfRecords)
        at = this.#record(bytesOf(copied), at + 2);
    });
  }

  /** The page, once all of it has been copied. */
  end(): LinePage {
    return { lines: this.#bytes.end(), count: this.#count, lastId: this.#lastId };
  }

  #record(copied: Bytes, from: number): number {
    let at = from;
    for (const { key, type } of this.#fields) {
      const length = copied.view.getInt32(at);
      at += 4;
      this.#bytes.put(key);
      if (length === isNull) this.#bytes.put(nullText);
      else {
        this.#value(type, copied, at, at + length);
        at += length;
      }
    }
    this.#bytes.put(lineEnd);
    const end = at + 4 + copied.view.getInt32(at);
    this.#count += 1;
    if (this.#count === this.#limit || this.#bytes.length >= longestPage)
      this.#lastId = copied.bytes.toString('utf8', at + 4, end);
    return end;
  }

  /** Records beyond are passed over: the next page begins with them. */
  #isFull(): boolean {
    return this.#lastId !== undefined;
  }

  #value(type: ColumnType, copied: Bytes, from: number, to: number): void {
    if (type === 'text') this.#bytes.text(copied, from, to);
    else if (type === 'timestamptz')
      this.#bytes.instant(copied.view.getInt32(from), copied.view.getUint32(from + 4));
    else if (type === 'boolean') this.#bytes.put(flagTexts[copied.bytes[from] as number] as Constant);
    else this.#bytes.copy(copied, from + jsonbVersionLength, to);
  }
}
