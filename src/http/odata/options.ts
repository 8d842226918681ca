// The query options of a list of records, of its count, and of an export: read once, refused whole.

import type { Condition } from '../../db/data/condition.ts';
import type { DataResource, RecordColumn } from '../../db/data/resources.ts';
import type { RowOrder } from '../../db/data/row-order.ts';
import { filterCondition } from './filter.ts';
import { wrongOption } from './option-error.ts';
import { columnsSelected, orderOf } from './order-by.ts';

export const listOptions = [
  '$filter',
  '$select',
  '$orderby',
  '$top',
  '$skip',
  '$count',
  '$skiptoken',
] as const;
export const exportOptions = ['$filter', '$select', 'after'] as const;

export interface ListQuery<R extends DataResource> {
  where: Condition<R> | undefined;
  columns: RecordColumn<R>[];
  order: RowOrder[];
  /** How many rows the whole result has at most. */
  top: number | undefined;
  skip: number;
  count: boolean;
  skiptoken: string | undefined;
}

export interface ExportQuery<R extends DataResource> {
  where: Condition<R> | undefined;
  columns: RecordColumn<R>[];
  /** The id of the last row that the client has. */
  after: string | undefined;
}

/** @throws AppError BAD_USER_INPUT for the first option that cannot be used, and for one that does not exist. */
export function listQuery<R extends DataResource>(resource: R, query: URLSearchParams): ListQuery<R> {
  const given = givenOptions(query, listOptions);
  return {
    where: conditionOf(resource, given.get('$filter')),
    columns: columnsSelected(resource, given.get('$select')),
    order: orderOf(resource, given.get('$orderby')),
    top: wholeNumber('$top', given.get('$top')),
    skip: wholeNumber('$skip', given.get('$skip')) ?? 0,
    count: flag('$count', given.get('$count')),
    skiptoken: given.get('$skiptoken'),
  };
}

/** @throws AppError BAD_USER_INPUT, as `listQuery` does. */
export function exportQuery<R extends DataResource>(resource: R, query: URLSearchParams): ExportQuery<R> {
  const given = givenOptions(query, exportOptions);
  return {
    where: conditionOf(resource, given.get('$filter')),
    columns: columnsSelected(resource, given.get('$select')),
    after: idOf('after', given.get('after')),
  };
}

/** The options that are there. Others with a `$` are refused, since OData means something by them; the rest is ignored. */
export function givenOptions(query: URLSearchParams, known: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of query) {
    if (!known.includes(name)) {
      if (name.startsWith('$')) throw unknownOption(name, known);
      continue;
    }
    if (given.has(name)) throw wrongOption(name, 'is there twice. Give it once.');
    given.set(name, value);
  }
  return given;
}

function unknownOption(name: string, known: readonly string[]) {
  const shown = /^\$[a-z]{1,20}$/i.test(name) ? name : 'An option that begins with $';
  return wrongOption(shown, `is not supported here. There are ${known.join(', ')}.`);
}

function conditionOf<R extends DataResource>(
  resource: R,
  text: string | undefined,
): Condition<R> | undefined {
  return text === undefined ? undefined : filterCondition(resource, text);
}

const largest = 2_147_483_647;

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : largest + 1;
  if (value <= largest) return value;
  throw wrongOption(name, `should be a whole number from 0 to ${largest}.`);
}

function flag(name: string, text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw wrongOption(name, 'should be true or false.');
}

const longestId = 1_000;

function idOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined || (text !== '' && text.length <= longestId && !text.includes('\0'))) return text;
  throw wrongOption(name, 'should be the id of the last record that was received.');
}
