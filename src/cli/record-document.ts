// One JSON document that holds the records: the product's `{ "value": […] }` or a bare array. It is fed to the parser
// in pieces that end where a record may end, so that a break in the text costs none of the records before it.

import { isUtf8 } from 'node:buffer';
import Assembler from 'stream-json/assembler.js';
import { jsonParser } from 'stream-json/parser.js';
import { jsonVerifier } from 'stream-json/utils/verifier.js';
import { PieceTooLong, piecesOf } from './byte-pieces.ts';
import type { SourceItem } from './record-source.ts';
import { TextPlace } from './text-place.ts';

/** The records of a JSON document, in order; then, when its text is broken, where and why. */
export async function* documentItems(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SourceItem> {
  const document = new RecordDocument();
  try {
    for await (const piece of piecesOf(bytes, '}')) {
      if (!isUtf8(piece)) return yield { broken: `is not UTF-8 text (line ${document.place.line} or later)` };
      yield* document.read(piece.toString('utf8'));
    }
    yield* document.readEnd();
  } catch (error) {
    if (!(error instanceof BrokenDocument || error instanceof PieceTooLong)) throw error;
    return yield { broken: error.message };
  }
}

const longestLookAhead = 32;

class BrokenDocument extends Error {}

class RecordDocument {
  /** The end of the last whole record. */
  readonly place = new TextPlace();
  readonly #parse = jsonParser({ streamValues: false });
  readonly #assembler = new Assembler();
  #records = 0;
  #hasList = false;
  /** What came after `place`, and what must stand before it to make it a document: enough to find where it breaks. */
  #recent = '';
  #opening = '';

  /** @throws BrokenDocument when the text breaks; every record before the break has been yielded. */
  *read(piece: string): Generator<SourceItem> {
    const text = this.place.isStart && this.#recent === '' ? piece.replace(/^\uFEFF/, '') : piece;
    this.#recent += text;
    let endsWithRecord = false;
    for (const token of this.#tokensOf(text)) {
      this.#assembler.consume(token);
      const list = this.#list();
      endsWithRecord = list !== undefined && list.length > 0 && token.name === 'endObject';
      if (!list || list.length === 0) continue;
      this.#records += 1;
      yield { place: { record: this.#records }, value: list.pop(), length: this.#recent.length };
    }
    if (!endsWithRecord) return;
    this.place.advance(this.#recent);
    this.#recent = '';
    this.#opening = this.#assembler.depth === 1 ? '[0' : '{"":[0';
  }

  /** @throws BrokenDocument when the text must not end here, or held no list of records */
  *readEnd(): Generator<SourceItem> {
    // The parser looks ahead this far before it gives up a word such as `tru`.
    yield* this.read(' '.repeat(longestLookAhead));
    if (!this.#assembler.done) {
      this.place.advance(this.#recent.trimEnd());
      const { line, column } = this.place;
      throw new BrokenDocument(`ends in the middle of its JSON, at line ${line}, column ${column}`);
    }
    if (this.#hasList) return;
    throw new BrokenDocument('holds no records: it should be an array, or an object with a "value" array');
  }

  /** The list of records while the parser stands directly in it. */
  #list(): unknown[] | undefined {
    const { current, depth, stack } = this.#assembler;
    if (!Array.isArray(current) || !(depth === 1 || (depth === 2 && stack[1] === 'value'))) return undefined;
    this.#hasList = true;
    return current;
  }

  #tokensOf(text: string) {
    try {
      const parsed = this.#parse(text);
      return typeof parsed === 'symbol' ? [] : parsed.values;
    } catch {
      throw new BrokenDocument(this.#breakOfRecent());
    }
  }

  /** The parser does not say where it stopped; the same library's verifier does, so it reads the last piece again. */
  #breakOfRecent(): string {
    try {
      jsonVerifier()(this.#opening + this.#recent);
    } catch (error) {
      const { line, pos, message } = error as { line: number; pos: number; message: string };
      const from = line === 1 ? this.place.column - 1 - this.#opening.length : 0;
      const reason = message.replace(/^.*: /, '');
      return `is not valid JSON at line ${this.place.line + line - 1}, column ${from + pos}: ${reason}`;
    }
    return `is not valid JSON after line ${this.place.line}`;
  }
}
