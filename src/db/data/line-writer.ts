// Records as lines of JSON, made of what Postgres copies in binary: the least that reading many can cost on both sides.
// One pass over the bytes of the one makes those of the other, in memory that is used again and again; what a record holds
// never becomes a value of JavaScript's.
// https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format"

import { CopyTarget } from '../copy-out.ts';
import { type DateTexts, dateText, instantMs, msOfDay } from './binary-instant.ts';
import { type ColumnType, typeOfColumn } from './column-facts.ts';
import type { DataResource } from './resources.ts';

/** So many records as were found, up to a limit, and as long as a page may be. */
export interface LinePage {
  /** The lines in UTF-8, in memory of their writer. A line may begin in one piece and end in another. */
  readonly pieces: readonly Buffer[];
  /** Of all pieces, in bytes. */
  readonly length: number;
  readonly count: number;
  /** Of the last record, when the page is full and there may be more. */
  readonly lastId: string | undefined;
}

/** The signature, the flags, and the length of what extends the header, which is nothing. */
const headerLength = 19;
const endOfRecords = -1;
const isNull = -1;

const [quote, backslash, space, newline, closingBrace] = [0x22, 0x5c, 0x20, 0x0a, 0x7d];
const [zero, colon, point, letterT, letterZ] = [0x30, 0x3a, 0x2e, 0x54, 0x5a];
const nullText = Buffer.from('null');
const flagTexts = [Buffer.from('false'), Buffer.from('true')];
const escapes = Array.from({ length: backslash + 1 }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);
const longestEscape = 6;
/** Of what is not written bit by bit: an instant, a word, the quotation marks of a text. */
const longestShort = 32;
const jsonbVersionLength = 1;
const textAtOnce = 4_096;
const pieceLength = 256 * 1024;
/** A page has no more than these, and what is left of the record that reaches into the last. */
const piecesAtMost = 32;
/** From page to page. One of records that are longer than usual has more. */
const piecesKept = 8;

/**
 * Makes one JSON object a line of each record, its fields in alphabetical order. Instants are ISO 8601 in UTC with
 * milliseconds, nulls are kept, jsonb stands as Postgres prints it.
 */
export class LineWriter {
  /** What is to be copied of each record, in this order: those of its line, and then its id. */
  readonly columns: readonly string[];
  readonly #fields: readonly { readonly key: Buffer; readonly type: ColumnType }[];
  readonly #dates: DateTexts = new Map();
  /** All there are, used in this order again and again. */
  readonly #pieces: Buffer[] = [];
  /** What has been written of those that are full. */
  #full: Buffer[] = [];
  #piece: Buffer = Buffer.alloc(0);
  #at = 0;
  #limit = 0;
  #count = 0;
  #lastId: string | undefined;

  constructor(resource: DataResource, names: readonly string[]) {
    const shown = names.toSorted();
    this.columns = [...shown, 'id'];
    this.#fields = shown.map((name, i) => ({
      key: Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`),
      type: typeOfColumn(resource, name) ?? 'text',
    }));
  }

  /** What to copy a page of so many records to. The pieces of the page before are overwritten. */
  begin(limit: number): CopyTarget {
    this.#pieces.splice(piecesKept);
    this.#full = [];
    this.#piece = Buffer.alloc(0);
    this.#at = 0;
    this.#limit = limit;
    this.#count = 0;
    this.#lastId = undefined;
    let from = headerLength;
    return new CopyTarget((copied) => {
      let at = from;
      from = 0;
      while (!this.#isFull() && at < copied.length && copied.readInt16BE(at) !== endOfRecords)
        at = this.#record(copied, at + 2);
    });
  }

  /** The page, once all of it has been copied. */
  end(): LinePage {
    const pieces = [...this.#full, this.#piece.subarray(0, this.#at)].filter(({ length }) => length > 0);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    return { pieces, length, count: this.#count, lastId: this.#lastId };
  }

  #record(copied: Buffer, from: number): number {
    let at = from;
    for (const { key, type } of this.#fields) {
      const length = copied.readInt32BE(at);
      at += 4;
      this.#makeRoom(key.length + longestShort);
      this.#put(key);
      if (length === isNull) this.#put(nullText);
      else {
        this.#value(type, copied, at, at + length);
        at += length;
      }
    }
    this.#makeRoom(2);
    this.#piece[this.#at++] = closingBrace;
    this.#piece[this.#at++] = newline;
    const end = at + 4 + copied.readInt32BE(at);
    this.#count += 1;
    if (this.#count === this.#limit || this.#full.length >= piecesAtMost)
      this.#lastId = copied.toString('utf8', at + 4, end);
    return end;
  }

  /** Records beyond are passed over: the next page begins with them. */
  #isFull(): boolean {
    return this.#lastId !== undefined;
  }

  /** For so many bytes, which are fewer than a piece has. */
  #makeRoom(length: number): void {
    if (this.#at + length <= this.#piece.length) return;
    if (this.#at > 0) this.#full.push(this.#piece.subarray(0, this.#at));
    this.#piece = this.#pieces[this.#full.length] ?? this.#newPiece();
    this.#at = 0;
  }

  #newPiece(): Buffer {
    const piece = Buffer.allocUnsafeSlow(pieceLength);
    this.#pieces.push(piece);
    return piece;
  }

  /** A loop, since so few bytes are written before a call of `set` has begun. */
  #put(text: Buffer): void {
    const piece = this.#piece;
    const at = this.#at;
    for (let i = 0; i < text.length; i += 1) piece[at + i] = text[i] as number;
    this.#at = at + text.length;
  }

  #value(type: ColumnType, copied: Buffer, from: number, to: number): void {
    if (type === 'text') this.#text(copied, from, to);
    else if (type === 'timestamptz')
      this.#instant(instantMs(copied.readInt32BE(from), copied.readUInt32BE(from + 4)));
    else if (type === 'boolean') this.#put(flagTexts[copied[from] as number] as Buffer);
    else this.#json(copied, from + jsonbVersionLength, to);
  }

  #json(copied: Buffer, from: number, to: number): void {
    for (let at = from; at < to; ) {
      this.#makeRoom(1);
      const taken = copied.copy(this.#piece, this.#at, at, to);
      this.#at += taken;
      at += taken;
    }
  }

  #text(copied: Buffer, from: number, to: number): void {
    this.#piece[this.#at++] = quote;
    for (let at = from; at < to; at += textAtOnce) this.#escaped(copied, at, Math.min(at + textAtOnce, to));
    this.#piece[this.#at++] = quote;
  }

  #escaped(copied: Buffer, from: number, to: number): void {
    this.#makeRoom(longestEscape * (to - from) + 1);
    const piece = this.#piece;
    let at = this.#at;
    for (let i = from; i < to; i += 1) {
      const byte = copied[i] as number;
      if (byte >= space && byte !== quote && byte !== backslash) piece[at++] = byte;
      else at += (escapes[byte] as Buffer).copy(piece, at);
    }
    this.#at = at;
  }

  #instant(ms: number): void {
    const day = Math.floor(ms / msOfDay);
    const ofDay = ms - day * msOfDay;
    const date = dateText(day, this.#dates);
    this.#piece[this.#at++] = quote;
    for (let i = 0; i < date.length; i += 1) this.#piece[this.#at++] = date.charCodeAt(i);
    this.#piece[this.#at++] = letterT;
    this.#two(Math.floor(ofDay / 3_600_000));
    this.#piece[this.#at++] = colon;
    this.#two(Math.floor(ofDay / 60_000) % 60);
    this.#piece[this.#at++] = colon;
    this.#two(Math.floor(ofDay / 1_000) % 60);
    this.#piece[this.#at++] = point;
    this.#piece[this.#at++] = zero + Math.floor((ofDay % 1_000) / 100);
    this.#two(ofDay % 100);
    this.#piece[this.#at++] = letterZ;
    this.#piece[this.#at++] = quote;
  }

  #two(number: number): void {
    this.#piece[this.#at++] = zero + Math.floor(number / 10);
    this.#piece[this.#at++] = zero + (number % 10);
  }
}
