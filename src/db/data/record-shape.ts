// How records are read in the shape that a query asks for: put together once, since it is the same for every reading.

import { LRUCache } from 'lru-cache';
import type { Database } from '../tables.ts';
import { objectText, type ShapeField } from './json-text.ts';
import { type PageValues, pageValues } from './page-values.ts';
import type { DataResource } from './resources.ts';

export interface RecordShape {
  /** SQL of a record's JSON, for the alias `record`. */
  readonly sql: string;
  /** For a page that is read as one text. Holes have no place in it. */
  readonly values: PageValues;
  /** Statements that have read such records, by what else they differ in. */
  readonly statements: LRUCache<string, string>;
}

/** Of one shape: a query is asked in few forms, as the first page and as those after it. */
const statementsAtMost = 4;

export const recordShape = (
  db: Database,
  resource: DataResource,
  fields: readonly ShapeField[],
): RecordShape => ({
  sql: objectText(resource, 'record', fields).compile(db).sql,
  values: pageValues(db, resource, fields),
  statements: new LRUCache({ max: statementsAtMost }),
});
