// Records out of a stream of bytes, one after another and in constant memory: the product's envelope, a JSON array, or
// NDJSON, told apart by what the first bytes look like.

import { type DataResource, resourceNamed } from '../db/data/resources.ts';
import { documentItems } from './record-document.ts';
import { lineItems } from './record-lines.ts';

/** Where a record stands, for people: counted from 1. */
export interface Place {
  record: number;
  line?: number;
}

export type SourceItem =
  /** Its length is that of its JSON text, in characters. Without the text where only the parser has seen it. */
  | { place: Place; value: unknown; length: number; text?: string }
  /** This one cannot be read; the next ones can. Without its text where that is none. */
  | { place: Place; unreadable: string; text?: string }
  /** Nothing after this can be read. Always the last item. */
  | { broken: string };

/** A record that is not taken: where it stood, what is wrong with it, and what it was. */
export interface Rejection {
  place: Place;
  problems: readonly string[];
  /** Where there is a value, the text is its JSON. */
  given: { value: unknown; text?: string | undefined } | { text?: string | undefined };
}

export interface RecordSource {
  /** What the envelope says it holds; undefined where nothing says so. */
  resource: DataResource | undefined;
  items: AsyncIterable<SourceItem>;
}

const enoughBytes = 64 * 1024;
const mostBytes = 1024 * 1024;

/** Looks at the first bytes, and says how the rest is to be read. Reads no further than that until asked. */
export async function openRecords(bytes: AsyncIterable<Uint8Array>): Promise<RecordSource> {
  const { head, isAll, whole } = await peek(bytes);
  const start = head.toString('utf8').replace(/^\uFEFF/, '');
  const resource = resourceOfContext(start);
  if (start.trim() === '') return { resource, items: only('is empty') };
  if (looksLikeLines(start.trimStart(), isAll)) return { resource, items: lineItems(whole) };
  if (/^\s*[{[]/.test(start)) return { resource, items: documentItems(whole) };
  return { resource, items: only('is neither JSON nor NDJSON: it should start with { or [') };
}

/** Both spellings that the product uses: `…/records/$metadata#users` and `…/$metadata#records/users`. */
function resourceOfContext(start: string): DataResource | undefined {
  const name = /"@?odata\.context"\s*:\s*"[^"#]*#(?:records\/)?([\w-]+)"/.exec(start)?.[1];
  return name === undefined ? undefined : resourceNamed(name);
}

const envelopeStart = /^\{\s*"(?:@?odata\.\w+|value)"\s*:/;
const quoted = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
/** A list `value` after nothing but single values. */
const envelopeList = new RegExp(
  String.raw`^\{(?:\s*${quoted}\s*:\s*(?:${quoted}|[\w.+-]+)\s*,)*\s*"value"\s*:\s*\[`,
);

/**
 * An envelope on one line looks like a line of NDJSON, but for the key that it starts with; and where the end of the line
 * is not in sight, for the list that it holds.
 */
function looksLikeLines(start: string, isAll: boolean): boolean {
  if (!start.startsWith('{') || envelopeStart.test(start)) return false;
  const [firstLine = ''] = start.split('\n', 1);
  const isWhole = isAll || firstLine.length < start.length;
  return isWhole ? firstLine.trimEnd().endsWith('}') : !envelopeList.test(firstLine);
}

async function* only(broken: string): AsyncGenerator<SourceItem> {
  yield { broken };
}

async function peek(bytes: AsyncIterable<Uint8Array>) {
  const iterator = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let isAll = false;
  while (!isAll && head.length < mostBytes && (head.length < enoughBytes || !head.includes('\n'))) {
    const next = await iterator.next();
    if (next.done) isAll = true;
    else head = Buffer.concat([head, next.value]);
  }
  return { head, isAll, whole: replay(head, iterator) };
}

async function* replay(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
