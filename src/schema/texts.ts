// Parts of a reply that are JSON before the reply is written: lists of records as they were read. The executor sees an
// empty list in their place, and what it makes gets the JSON put in.

import type { ExecutionResult, ResponsePath } from 'graphql';
import { longestResult, ResultTooLongError } from '../db/result-size.ts';

class JsonList {
  readonly items: string | Buffer;
  constructor(items: string | Buffer) {
    this.items = items;
  }
}

/** Belongs to one request. */
export class Texts {
  #length = 0;
  readonly #parts: { path: ResponsePath; list: JsonList }[] = [];

  /**
   * Notes what the list at `path` holds, as JSON with commas between, and gives what to resolve the list's field with.
   * @throws ResultTooLongError when the lists together are too much for one reply
   */
  putList(path: ResponsePath, items: string | Buffer): never[] {
    this.#length += items.length;
    if (this.#length > longestResult) throw new ResultTooLongError();
    this.#parts.push({ path, list: new JsonList(items) });
    return [];
  }

  /** The JSON of a result with the lists in their places. @throws ResultTooLongError beyond what a string may hold */
  write(result: ExecutionResult): string | Buffer {
    try {
      return this.#written(result);
    } catch (error) {
      throw error instanceof RangeError ? new ResultTooLongError() : error;
    }
  }

  #written(result: ExecutionResult): string | Buffer {
    if (this.#parts.length === 0) return JSON.stringify(result);
    for (const { path, list } of this.#parts) {
      const around = path.prev && valueAt(result.data, path.prev);
      // An error may have taken away what is around it.
      if (around) around[path.key] = list;
    }
    const json = new JsonPieces();
    json.put(result);
    return json.end();
  }
}

type Tree = Record<string | number, unknown>;

function valueAt(data: unknown, { prev, key }: ResponsePath): Tree | undefined {
  const around = prev ? valueAt(data, prev) : (data as Tree | null | undefined);
  return (around?.[key] as Tree | null | undefined) ?? undefined;
}

/** A function: a field of a reply may have that name. */
const hasJsonOfItsOwn = (value: object): boolean =>
  typeof (value as { toJSON?: unknown }).toJSON === 'function';

/** JSON that is put together of text and bytes. */
class JsonPieces {
  readonly #pieces: Buffer[] = [];
  /** What comes after the pieces. */
  #text = '';

  put(value: unknown): void {
    if (value instanceof JsonList) this.#list(value);
    else if (Array.isArray(value)) this.#array(value);
    else if (typeof value === 'object' && value !== null && !hasJsonOfItsOwn(value)) this.#object(value);
    else this.#text += JSON.stringify(value) ?? 'null';
  }

  /** In UTF-8 where any of it was bytes. */
  end(): string | Buffer {
    if (this.#pieces.length === 0) return this.#text;
    return Buffer.concat([...this.#pieces, Buffer.from(this.#text)]);
  }

  #list({ items }: JsonList): void {
    this.#text += '[';
    if (typeof items === 'string') this.#text += items;
    else {
      this.#pieces.push(Buffer.from(this.#text), items);
      this.#text = '';
    }
    this.#text += ']';
  }

  #array(values: readonly unknown[]): void {
    this.#text += '[';
    for (const [i, value] of values.entries()) {
      if (i > 0) this.#text += ',';
      this.put(value);
    }
    this.#text += ']';
  }

  #object(value: object): void {
    let before = '{';
    for (const [key, inside] of Object.entries(value)) {
      if (inside === undefined) continue;
      this.#text += `${before}${JSON.stringify(key)}:`;
      this.put(inside);
      before = ',';
    }
    this.#text += before === '{' ? '{}' : '}';
  }
}
