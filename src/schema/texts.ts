// Parts of a reply that are JSON text before the reply is written: lists of records as the database has made them. The
// executor sees an empty list in their place, and what it makes gets the text put in.

import type { ExecutionResult, ResponsePath } from 'graphql';
import { longestResult, ResultTooLongError } from '../db/result-size.ts';

class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Belongs to one request. */
export class Texts {
  #length = 0;
  readonly #parts: { path: ResponsePath; text: JsonText }[] = [];

  /**
   * Notes the JSON text of the list at `path`, and gives what to resolve the list's field with.
   * @throws ResultTooLongError when the lists together are too much for one reply
   */
  putList(path: ResponsePath, list: string): never[] {
    this.#length += list.length;
    if (this.#length > longestResult) throw new ResultTooLongError();
    this.#parts.push({ path, text: new JsonText(list) });
    return [];
  }

  /** The JSON of a result with the texts in their places. @throws ResultTooLongError beyond what a string may hold */
  write(result: ExecutionResult): string {
    try {
      return this.#written(result);
    } catch (error) {
      throw error instanceof RangeError ? new ResultTooLongError() : error;
    }
  }

  #written(result: ExecutionResult): string {
    if (this.#parts.length === 0) return JSON.stringify(result);
    for (const { path, text } of this.#parts) {
      const around = path.prev && valueAt(result.data, path.prev);
      // An error may have taken away what is around it.
      if (around) around[path.key] = text;
    }
    return jsonOf(result);
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

function jsonOf(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (typeof value !== 'object' || value === null || hasJsonOfItsOwn(value))
    return JSON.stringify(value) ?? 'null';
  const fields: string[] = [];
  for (const [key, inside] of Object.entries(value)) {
    if (inside !== undefined) fields.push(`${JSON.stringify(key)}:${jsonOf(inside)}`);
  }
  return `{${fields.join(',')}}`;
}
