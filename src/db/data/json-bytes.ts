// JSON as bytes, written in one pass into memory that is used again: what is read of many records never becomes a value of
// JavaScript's, and leaves nothing to be collected. Bytes that are taken as they are are taken several at a time.

import { dateText, instantMs, msOfDay } from './binary-instant.ts';

const [quote, backslash, space, colon, point, zero] = [0x22, 0x5c, 0x20, 0x3a, 0x2e, 0x30];
const zoneAndQuote = 0x5a22;
const escapes = Array.from({ length: backslash + 1 }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);
const longestEscape = 6;
const instantLength = 32;
/** The two digits of each number below a hundred. */
const digits = Uint16Array.from({ length: 100 }, (_, number) =>
  Buffer.from(String(number).padStart(2, '0')).readUInt16BE(),
);
const datesAtMost = 10_000;
const textAtOnce = 4_096;
const usualLength = 256 * 1024;
const longestKept = 2 * 1024 * 1024;
/** No byte is it. */
const noStop = -1;

/** Text that is written again and again, kept as it is written: eight bytes at a time, as numbers. */
export class Constant {
  readonly length: number;
  readonly eights: Float64Array;

  /** @param text printable ASCII: then no eight bytes of it are a NaN, which would not keep them */
  constructor(text: string) {
    const bytes = Buffer.alloc(8 * Math.ceil(text.length / 8));
    this.length = bytes.write(text, 'latin1');
    this.eights = Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleBE(8 * i));
  }
}

/** Bytes, and what reads several of them at once. */
export interface Bytes {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export const bytesOf = (bytes: Buffer): Bytes => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
});

const memoryOf = (length: number): Bytes => bytesOf(Buffer.allocUnsafeSlow(length));

/** Not 0 when one of four bytes is. */
const hasZero = (four: number): number => (four - 0x01010101) & ~four & 0x80808080;
/** Not 0 when JSON escapes one of four bytes: a control character, a quotation mark, or a backslash. */
const hasEscape = (four: number): number =>
  ((four - 0x20202020) & ~four & 0x80808080) | hasZero(four ^ 0x22222222) | hasZero(four ^ 0x5c5c5c5c);

export class JsonBytes {
  readonly #dates = new Map<number, Constant>();
  #memory = memoryOf(usualLength);
  #at = 0;

  /** Begins anew. What was written before is overwritten. */
  begin(): void {
    if (this.#memory.bytes.length > longestKept) this.#memory = memoryOf(usualLength);
    this.#at = 0;
  }

  /** Of what was written. */
  get length(): number {
    return this.#at;
  }

  /** What was written, in UTF-8, in this object's own memory. */
  end(): Buffer {
    return this.#memory.bytes.subarray(0, this.#at);
  }

  put({ length, eights }: Constant): void {
    this.#makeRoom(8 * eights.length);
    const { view } = this.#memory;
    const at = this.#at;
    for (let i = 0; i < eights.length; i += 1) view.setFloat64(at + 8 * i, eights[i] as number);
    this.#at = at + length;
  }

  /** JSON, as it is. */
  copy({ bytes }: Bytes, from: number, to: number): void {
    this.#makeRoom(to - from);
    this.#at += bytes.copy(this.#memory.bytes, this.#at, from, to);
  }

  /** JSON, as it is, up to a byte that is `stop`, which is there. @returns where that stands */
  copyUntil(source: Bytes, from: number, stop: number): number {
    const stops = stop * 0x01010101;
    let i = from;
    do {
      this.#makeRoom(textAtOnce);
      const { bytes, view } = this.#memory;
      const end = Math.min(i + textAtOnce, source.bytes.length);
      let at = this.#at;
      for (; i + 4 <= end; i += 4, at += 4) {
        const four = source.view.getInt32(i);
        if (hasZero(four ^ stops) !== 0) break;
        view.setInt32(at, four);
      }
      for (; i < end && source.bytes[i] !== stop; i += 1, at += 1) bytes[at] = source.bytes[i] as number;
      this.#at = at;
    } while (source.bytes[i] !== stop);
    return i;
  }

  /** UTF-8 as a JSON string: all of it, or up to a byte that is `stop`, a control character. @returns where it ended */
  text(source: Bytes, from: number, to: number, stop = noStop): number {
    this.#makeRoom(1);
    this.#memory.bytes[this.#at++] = quote;
    let i = from;
    do i = this.#escaped(source, i, Math.min(i + textAtOnce, to), stop);
    while (i < to && source.bytes[i] !== stop);
    this.#memory.bytes[this.#at++] = quote;
    return i;
  }

  /** With room for a quotation mark after it. */
  #escaped(source: Bytes, from: number, to: number, stop: number): number {
    this.#makeRoom(longestEscape * (to - from) + 1);
    const { bytes, view } = this.#memory;
    let at = this.#at;
    let i = from;
    for (;;) {
      for (; i + 4 <= to; i += 4, at += 4) {
        const four = source.view.getInt32(i);
        if (hasEscape(four) !== 0) break;
        view.setInt32(at, four);
      }
      let byte = i < to ? (source.bytes[i] as number) : stop;
      for (; byte >= space && byte !== quote && byte !== backslash; at += 1) {
        bytes[at] = byte;
        i += 1;
        byte = i < to ? (source.bytes[i] as number) : stop;
      }
      if (byte === stop) break;
      at += (escapes[byte] as Buffer).copy(bytes, at);
      i += 1;
    }
    this.#at = at;
    return i;
  }

  /** ISO 8601 in UTC with milliseconds, of the two halves of an instant as Postgres sends it in binary. */
  instant(high: number, low: number): void {
    this.#makeRoom(instantLength);
    const ms = instantMs(high, low);
    const day = Math.floor(ms / msOfDay);
    this.put(this.#date(day));
    const { bytes, view } = this.#memory;
    const at = this.#at;
    const ofDay = (ms - day * msOfDay) | 0;
    const seconds = (ofDay / 1_000) | 0;
    const minutes = (seconds / 60) | 0;
    view.setUint16(at, digits[(minutes / 60) | 0] as number);
    bytes[at + 2] = colon;
    view.setUint16(at + 3, digits[minutes % 60] as number);
    bytes[at + 5] = colon;
    view.setUint16(at + 6, digits[seconds % 60] as number);
    bytes[at + 8] = point;
    bytes[at + 9] = zero + (((ofDay % 1_000) / 100) | 0);
    view.setUint16(at + 10, digits[ofDay % 100] as number);
    view.setUint16(at + 12, zoneAndQuote);
    this.#at = at + 14;
  }

  /** Records share few days. */
  #date(day: number): Constant {
    const known = this.#dates.get(day);
    if (known !== undefined) return known;
    if (this.#dates.size >= datesAtMost) this.#dates.clear();
    const date = new Constant(`"${dateText(day)}T`);
    this.#dates.set(day, date);
    return date;
  }

  #makeRoom(length: number): void {
    if (this.#at + length > this.#memory.bytes.length) this.#grow(this.#at + length);
  }

  #grow(least: number): void {
    const { bytes } = this.#memory;
    this.#memory = memoryOf(Math.max(least, 2 * bytes.length));
    bytes.copy(this.#memory.bytes, 0, 0, this.#at);
  }
}
