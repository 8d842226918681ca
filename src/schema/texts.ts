// Parts of a reply that are JSON text before the reply is written: lists of records as the database has made them. The
// executor sees an empty list in their place, and what it makes gets the text put in.

import type { ExecutionResult, ResponsePath } from 'graphql';

class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Belongs to one request. */
export class Texts {
  readonly #parts: { path: ResponsePath; text: JsonText }[] = [];

  /** Notes the JSON text of the list at `path`, and gives what to resolve the list's field with. */
  putList(path: ResponsePath, list: string): never[] {
    this.#parts.push({ path, text: new JsonText(list) });
    return [];
  }

  /** The JSON of a result with the texts in their places. */
  write(result: ExecutionResult): string {
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

function jsonOf(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  if (typeof value !== 'object' || value === null || 'toJSON' in value)
    return JSON.stringify(value) ?? 'null';
  const fields: string[] = [];
  for (const [key, inside] of Object.entries(value)) {
    if (inside !== undefined) fields.push(`${JSON.stringify(key)}:${jsonOf(inside)}`);
  }
  return `{${fields.join(',')}}`;
}
