// $orderby and $select: lists of the resource's fields.

import { typeOfColumn } from '../../db/data/column-facts.ts';
import { columnsOf, type DataResource, type RecordColumn } from '../../db/data/resources.ts';
import type { RowOrder } from '../../db/data/row-order.ts';
import { wrongAt } from './option-error.ts';

interface Item {
  text: string;
  at: number;
}

/** The parts between commas without the space around them, and where they begin. */
function itemsOf(text: string): Item[] {
  let at = 0;
  return text.split(',').map((part) => {
    const item = { text: part.trim(), at: at + (part.length - part.trimStart().length) };
    at += part.length + 1;
    return item;
  });
}

const noSuchField = (resource: DataResource) =>
  `there is no such field. There are ${columnsOf(resource).sort().join(', ')}`;

/**
 * The order that `$orderby` states, with the id behind it as the tie-break, in the direction of the last field. By id,
 * ascending, when absent: the only order that a record never leaves while it is read.
 * @throws AppError BAD_USER_INPUT for a field that is unknown, no single value, or named twice.
 */
export function orderOf(resource: DataResource, text: string | undefined): RowOrder[] {
  const order: RowOrder[] = [];
  for (const { text: item, at } of text === undefined ? [] : itemsOf(text)) {
    const [, name = '', direction = 'asc'] = /^(\w+)(?:\s+(asc|desc))?$/i.exec(item) ?? [];
    const wrong = (what: string) => wrongAt('$orderby', text ?? '', at, what);
    if (name === '') throw wrong('expected a field, then asc or desc or nothing');
    const type = typeOfColumn(resource, name);
    if (type === undefined) throw wrong(noSuchField(resource));
    if (type === 'jsonb') throw wrong(`${name} is an object or a list, and has no order`);
    if (order.some(({ column }) => column === name)) throw wrong(`${name} is there twice`);
    order.push({ column: name, direction: direction.toLowerCase() as 'asc' | 'desc' });
  }
  return withTieBreak(order);
}

/** Nothing behind the id can make a difference. */
function withTieBreak(order: readonly RowOrder[]): RowOrder[] {
  const end = order.findIndex(({ column }) => column === 'id');
  if (end >= 0) return order.slice(0, end + 1);
  return [...order, { column: 'id', direction: order.at(-1)?.direction ?? 'asc' }];
}

/**
 * The fields that `$select` names; all of them when it is absent or `*`.
 * @throws AppError BAD_USER_INPUT for a field that is unknown.
 */
export function columnsSelected<R extends DataResource>(
  resource: R,
  text: string | undefined,
): RecordColumn<R>[] {
  const all = columnsOf(resource);
  if (text === undefined || text.trim() === '*') return all;
  const names = new Set<string>();
  for (const { text: name, at } of itemsOf(text)) {
    if (typeOfColumn(resource, name) === undefined) throw wrongAt('$select', text, at, noSuchField(resource));
    names.add(name);
  }
  return all.filter((column) => names.has(column));
}
