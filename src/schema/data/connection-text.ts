// The JSON text of a connection, around the texts of its records.

import type { RecordList } from '../../db/data/read.ts';
import type { DataResource, RecordColumn } from '../../db/data/resources.ts';
import { noText } from '../../db/data/texts.ts';
import type { Position } from '../../db/page.ts';
import { positionIn } from './record-fields.ts';
import type { ConnectionField, Edges } from './text-plan.ts';

/** A record as it is read here. Its id is always there, and what its position and neighbours take. */
export interface TextRow extends Record<string, unknown> {
  id: string;
  json: string;
}

/** A page of which the text is known. */
export interface TextList {
  /** With commas between them. */
  items: string;
  /** One for each row, where the rows were read by themselves. */
  texts: readonly string[];
  rows: readonly TextRow[];
  hasMore: boolean;
  first: Position | undefined;
  last: Position | undefined;
}

export const emptyList: TextList = { ...noText, texts: [], rows: [] };

/** What a list is asked for, whatever is read of its records. */
export type List = Omit<RecordList<DataResource, RecordColumn<DataResource>>, 'columns' | 'shape'>;

export type CursorOf = (position: Position) => string;

export function connectionText(
  fields: readonly ConnectionField[],
  { orderBy, page }: List,
  list: TextList,
  count: number,
  cursorOf: CursorOf,
): string {
  const texts = fields.map(({ key, is }) => {
    if (is === 'nodes') return `"${key}":[${list.items}]`;
    if (is === 'totalCount') return `"${key}":${count}`;
    if ('text' in is) return `"${key}":${JSON.stringify(is.text)}`;
    if ('edge' in is) {
      const positionOf = positionIn(orderBy);
      const edges = edgesText(is.edge, list.texts, (i) => cursorOf(positionOf(list.rows[i] as never)));
      return `"${key}":[${edges}]`;
    }
    const forward = page.towards === 'forward';
    const values: Record<string, unknown> = {
      __typename: 'PageInfo',
      hasNextPage: forward && list.hasMore,
      hasPreviousPage: !forward && list.hasMore,
      startCursor: list.first ? cursorOf(list.first) : null,
      endCursor: list.last ? cursorOf(list.last) : null,
    };
    const info = is.pageInfo.map((one) => `"${one.key}":${JSON.stringify(values[one.is])}`);
    return `"${key}":{${info.join(',')}}`;
  });
  return `{${texts.join(',')}}`;
}

/** Edges around the texts of nodes, with commas between them. */
export function edgesText(
  edge: Edges['edge'],
  texts: readonly string[],
  cursorAt: (place: number) => string,
): string {
  const edges = texts.map((text, i) => {
    const fields = edge.map(({ key, is }) => {
      if (is === 'node') return `"${key}":${text}`;
      return `"${key}":${JSON.stringify(is === 'cursor' ? cursorAt(i) : is.text)}`;
    });
    return `{${fields.join(',')}}`;
  });
  return edges.join(',');
}
