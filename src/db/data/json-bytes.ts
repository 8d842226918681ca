// JSON as bytes, written in one pass into memory that is used again: what is read of many records never becomes a value of
// JavaScript's, and leaves nothing to be collected.

import { type DateTexts, dateText, instantMs, msOfDay } from './binary-instant.ts';

const [quote, backslash, space] = [0x22, 0x5c, 0x20];
const [zero, colon, point, letterT, letterZ] = [0x30, 0x3a, 0x2e, 0x54, 0x5a];
const escapes = Array.from({ length: backslash + 1 }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);
const longestEscape = 6;
const instantLength = 26;
const textAtOnce = 4_096;
const pieceLength = 256 * 1024;
/** What has been written once and was longer has more, and gives them back. */
const piecesKept = 8;
/** No byte is it. */
const noStop = -1;

export class JsonBytes {
  readonly #dates: DateTexts = new Map();
  /** All there are, used in this order again and again. */
  readonly #pieces: Buffer[] = [];
  /** What has been written of those that are full. */
  #full: Buffer[] = [];
  #piece: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Begins anew. What was written before is overwritten. */
  begin(): void {
    this.#pieces.splice(piecesKept);
    this.#full = [];
    this.#piece = Buffer.alloc(0);
    this.#at = 0;
  }

  /** Of 256 KiB, all but filled. */
  get fullPieces(): number {
    return this.#full.length;
  }

  /** What was written, in UTF-8, in this object's own memory. A character may begin in one piece and end in the next. */
  end(): Buffer[] {
    return [...this.#full, this.#piece.subarray(0, this.#at)].filter(({ length }) => length > 0);
  }

  /** A few bytes as they are. A loop, since so few are written before a call of `set` has begun. */
  put(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    const piece = this.#piece;
    const at = this.#at;
    for (let i = 0; i < bytes.length; i += 1) piece[at + i] = bytes[i] as number;
    this.#at = at + bytes.length;
  }

  /** Any number of bytes as they are. */
  copy(source: Buffer, from: number, to: number): void {
    for (let at = from; at < to; ) {
      this.#makeRoom(1);
      const taken = source.copy(this.#piece, this.#at, at, to);
      this.#at += taken;
      at += taken;
    }
  }

  /** Bytes as they are, up to one that is `stop`, which is there. @returns where it stands */
  copyUntil(source: Buffer, from: number, stop: number): number {
    let i = from;
    while (source[i] !== stop) {
      this.#makeRoom(textAtOnce);
      const piece = this.#piece;
      const end = i + textAtOnce;
      let at = this.#at;
      for (let byte = source[i] as number; byte !== stop && i < end; byte = source[i] as number) {
        piece[at++] = byte;
        i += 1;
      }
      this.#at = at;
    }
    return i;
  }

  /**
   * UTF-8 as a JSON string: all of it, or up to a byte that is `stop`, a control character.
   * @returns where it ended
   */
  text(source: Buffer, from: number, to: number, stop = noStop): number {
    this.#makeRoom(1);
    this.#piece[this.#at++] = quote;
    let at = from;
    while (at < to && source[at] !== stop)
      at = this.#escaped(source, at, Math.min(at + textAtOnce, to), stop);
    this.#makeRoom(1);
    this.#piece[this.#at++] = quote;
    return at;
  }

  #escaped(source: Buffer, from: number, to: number, stop: number): number {
    this.#makeRoom(longestEscape * (to - from));
    const piece = this.#piece;
    let at = this.#at;
    let i = from;
    for (; i < to; i += 1) {
      const byte = source[i] as number;
      if (byte >= space && byte !== quote && byte !== backslash) piece[at++] = byte;
      else if (byte === stop) break;
      else at += (escapes[byte] as Buffer).copy(piece, at);
    }
    this.#at = at;
    return i;
  }

  /** ISO 8601 in UTC with milliseconds, of the two halves of Postgres's binary form. */
  instant(high: number, low: number): void {
    this.#makeRoom(instantLength);
    const ms = instantMs(high, low);
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
}
