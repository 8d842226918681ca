// Records of a page as Postgres gives them at the least cost: nothing but their values, in one text, and their instants in
// binary beside it. page-writer.ts puts keys, quotation marks, and escapes around them.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../tables.ts';
import { isNullable, typeOfColumn } from './column-facts.ts';
import { Constant } from './json-bytes.ts';
import { jsonOf, type ShapeField, type ShapeValue } from './json-text.ts';
import type { DataResource } from './resources.ts';

/**
 * Stands between values. JSON never holds it, since it would be escaped; a text may, and then the page has more values than
 * its records have fields.
 */
export const separator = '\u001f';

/** How a record's values become its JSON. */
export interface PageValues {
  /** SQL of those in the text, for the alias `record`. */
  readonly sql: string;
  /** The columns of those in binary. */
  readonly instants: readonly string[];
  readonly fields: readonly PageField[];
  /** How many values of each record are in the text. */
  readonly read: number;
}

export interface PageField {
  /** The key, and what belongs before it. Of what is the same in every record, the value too. */
  readonly key: Constant;
  readonly is: 'text' | 'optional text' | 'json' | 'instant' | 'words' | 'constant';
  readonly words: Words;
}

/** What stored values are called outside. */
export type Words = readonly {
  /** As it stands in the text. */
  readonly stored: Buffer;
  readonly word: Constant;
}[];

export function pageValues(db: Database, resource: DataResource, shape: readonly ShapeField[]): PageValues {
  const fields = shape.map(({ key, value }, i): PageField => {
    const constant = value.kind === 'constant' ? JSON.stringify(value.text) : '';
    const before = new Constant(`${i === 0 ? '{' : ','}${JSON.stringify(key)}:${constant}`);
    return { key: before, is: kindOf(resource, value), words: wordsOf(value) };
  });
  const values = shape.flatMap(({ value }, i) => textOf(resource, value, fields[i]?.is) ?? []);
  const instants = shape.flatMap(({ value }, i) =>
    value.kind === 'stored' && fields[i]?.is === 'instant' ? [value.name] : [],
  );
  // A function may have a hundred arguments, and a document has fewer fields and aliases.
  const text = sql`concat_ws(${sql.join([sql.lit(separator), ...(values.length > 0 ? values : [sql.lit('')])])})`;
  return { sql: text.compile(db).sql, instants, fields, read: values.length };
}

function kindOf(resource: DataResource, value: ShapeValue): PageField['is'] {
  if (value.kind === 'constant') return 'constant';
  if (value.kind !== 'stored') return 'json';
  if (value.words) return 'words';
  const type = typeOfColumn(resource, value.name);
  if (type === 'timestamptz') return 'instant';
  if (type !== 'text') return 'json';
  return isNullable(resource, value.name) ? 'optional text' : 'text';
}

const wordsOf = (value: ShapeValue): Words =>
  Object.entries((value.kind === 'stored' && value.words) || {}).map(([stored, word]) => ({
    stored: Buffer.from(stored + separator),
    word: new Constant(JSON.stringify(word)),
  }));

/** SQL that is never null, since `concat_ws` leaves out what is; undefined for what is not in the text. */
function textOf(
  resource: DataResource,
  value: ShapeValue,
  is: PageField['is'] | undefined,
): RawBuilder<unknown> | undefined {
  if (is === 'instant' || value.kind === 'constant') return undefined;
  if (is === 'json' || value.kind !== 'stored') return jsonOf(resource, 'record', value);
  const column = sql.ref(`record.${value.name}`);
  if (is === 'optional text') return sql`coalesce('"' || ${column}, '')`;
  return isNullable(resource, value.name) ? sql`coalesce(${column}, '')` : column;
}

/** The instants of these columns of the rows that are aggregated: row by row, eight bytes each. */
export function instantBytes(alias: string, columns: readonly string[]): RawBuilder<Uint8Array | null> {
  if (columns.length === 0) return sql`null::bytea`;
  const sent = columns.map(
    (name) => sql`timestamptz_send(coalesce(${sql.ref(`${alias}.${name}`)}, '-infinity'))`,
  );
  return sql`string_agg(${sql.join(sent, sql` || `)}, '')`;
}
