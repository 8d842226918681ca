// Every record of a resource over one streaming request, as NDJSON. When the connection is cut it goes on by itself
// behind the last whole line.

import { LatchkeyError } from './error.js';
import { lost } from './exchange.js';
import type { FieldOf, RecordOf, ResourceName } from './records.js';
import { parseObject } from './refusal.js';
import type { Backoff } from './retry.js';

/** `createdTime` as `created_time`. */
export type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name;

type ExportedValue<Value> = Value extends string
  ? string extends Value
    ? string
    : Lowercase<Value>
  : Value extends readonly (infer Item)[]
    ? readonly ExportedValue<Item>[]
    : Value extends object
      ? { [Name in keyof Value & string as SnakeCase<Name>]?: ExportedValue<Value[Name]> }
      : Value;

/** A record as the product's REST API has it: names in snake case, enums in lower case, details with what they hold. */
export type ExportedRecord<R extends ResourceName, F extends FieldOf<R> = FieldOf<R>> = {
  [Name in F as SnakeCase<Name>]: ExportedValue<RecordOf<R>[Name]>;
};

export interface ExportOptions<R extends ResourceName, F extends FieldOf<R>> {
  /** The id of the last record that is there already. */
  after?: string | undefined;
  /** As OData's `$filter` has it: `created_time ge '2026-01-01T00:00:00Z'`. */
  filter?: string | undefined;
  /** Fields of the record, which come besides its id; all when absent. */
  select?: readonly F[] | undefined;
  signal?: AbortSignal | undefined;
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** @returns below the server's address, with the query */
export function exportPath<R extends ResourceName, F extends FieldOf<R>>(
  resource: R,
  { filter, select, after }: ExportOptions<R, F>,
): string {
  const query = new URLSearchParams();
  if (filter !== undefined) query.set('$filter', filter);
  if (select) query.set('$select', [...new Set(['id', ...select.map(snakeCase)])].join(','));
  if (after !== undefined) query.set('after', after);
  return `export/v1/records/${snakeCase(resource).replace('_', '-')}.ndjson?${query}`;
}

/**
 * @param open sends the request for what comes after an id, and returns with the head of the reply
 * @param backoff of the whole export; every record that comes sets it back
 */
export async function* readExport<Record extends { id: string }>(
  open: (after: string | undefined) => Promise<Response>,
  backoff: Backoff,
  { after, signal }: { after?: string | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<Record, void, undefined> {
  for (let last = after; ; ) {
    try {
      for await (const line of wholeLines(await open(last))) {
        const record = parseObject(line) as Record | undefined;
        if (!record)
          throw new LatchkeyError('A line of the export is no record.', { code: 'UNEXPECTED_REPLY' });
        yield record;
        last = record.id;
        backoff.reset();
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      await backoff.wait(error);
    }
  }
}

/** @throws LatchkeyError NETWORK unless the reply ends as HTTP says it should, and with a whole line */
async function* wholeLines(response: Response): AsyncGenerator<string, void, undefined> {
  const cut = (cause?: unknown) => lost('NETWORK', 'The export was cut.', true, cause);
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const read = () =>
    reader?.read().catch((error) => {
      throw cut(error);
    });
  let rest = '';
  try {
    for (let piece = await read(); piece && !piece.done; piece = await read()) {
      const lines = (rest + decoder.decode(piece.value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    // Whoever stops reading lets go of the connection.
    await reader?.cancel().catch(() => {});
  }
  if (rest !== '') throw cut();
}
