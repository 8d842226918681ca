// NDJSON: one record a line. A line that cannot be read is passed over, and the next one is read all the same.

import { isUtf8 } from 'node:buffer';
import { PieceTooLong, piecesOf } from './byte-pieces.ts';
import type { SourceItem } from './record-source.ts';

/** The records of NDJSON text. Blank lines are counted as lines and hold no record. */
export async function* lineItems(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SourceItem> {
  const place = { record: 0, line: 0 };
  try {
    for await (const piece of piecesOf(bytes, '\n')) {
      place.line += 1;
      const text = piece
        .toString('utf8')
        .replace(/^\uFEFF/, '')
        .trim();
      if (text === '') continue;
      place.record += 1;
      yield isUtf8(piece)
        ? itemOf(text, { ...place })
        : { place: { ...place }, unreadable: 'is not UTF-8 text' };
    }
  } catch (error) {
    if (!(error instanceof PieceTooLong)) throw error;
    yield { broken: `${error.message} (line ${place.line + 1})` };
  }
}

function itemOf(text: string, place: { record: number; line: number }): SourceItem {
  try {
    return { place, value: JSON.parse(text), length: text.length, text };
  } catch {
    return { place, unreadable: 'is not valid JSON', text };
  }
}
