// Connections: paging arguments in, signed cursors and pages out, the same for every list.

import type { ObjectRef } from '@pothos/core';
import type { ServerKeys } from '../auth/server-keys.ts';
import { openPlace, type PlaceBinding, signPlace } from '../auth/signed-place.ts';
import type { Json } from '../db/data/texts.ts';
import type { Page, PageRequest, Position } from '../db/page.ts';
import { AppError } from '../errors.ts';
import type { Authorization } from './authorization.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';

export const encodeCursor = (keys: ServerKeys, binding: PlaceBinding, position: Position): string =>
  signPlace(keys, binding, JSON.stringify(position));

/** @throws AppError BAD_USER_INPUT for anything but a cursor that this list gave. */
function decodeCursor(keys: ServerKeys, binding: PlaceBinding, cursor: string): Position {
  const place = openPlace(keys, binding, cursor);
  if (place !== undefined) return JSON.parse(place);
  const sentence =
    'The cursor is not of this list and order. Pass one on as it came, or start without a cursor.';
  throw new AppError('BAD_USER_INPUT', { sentence });
}

export interface PageArguments {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

export interface PageSizes {
  usual: number;
  most: number;
}

const cursorRule =
  'A cursor is a place in this order of this list, and a list that hangs on a record is its own. With another filter, the list goes on from the same place.';

/** The arguments by which any list is paged. */
export const pageArguments = ({ usual, most }: PageSizes) => {
  const atMost = `${most.toLocaleString('en-US')} at most`;
  return builder.args((t) => ({
    first: t.int({ description: `${usual} when absent, ${atMost}.` }),
    after: t.string({ description: `endCursor of the page that you have. ${cursorRule}` }),
    last: t.int({
      description: `Pages backward, in place of first: the last so many, in the same order, ${atMost}.`,
    }),
    before: t.string({ description: 'Pages backward: startCursor of the page that you have.' }),
  }));
};

/** What a list field tells the check of an operation's size (list-cost.ts). */
export const listExtensions = ({ usual, most }: PageSizes) => ({
  latchkey: { defaultPageSize: usual, maxPageSize: most },
});

/** @throws AppError BAD_USER_INPUT for a size out of bounds, for both directions at once, or for a bad cursor. */
export function pageRequest(
  keys: ServerKeys,
  binding: PlaceBinding,
  args: PageArguments,
  sizes: PageSizes,
): PageRequest {
  const backward = typeof args.last === 'number' || (typeof args.before === 'string' && args.first == null);
  if (backward ? typeof args.first === 'number' || args.after != null : args.before != null) {
    throw badPage('Page forward with first and after, or backward with last and before, not both at once.');
  }
  const limit = (backward ? args.last : args.first) ?? sizes.usual;
  if (limit < 1 || limit > sizes.most) {
    throw badPage(`Ask for 1 to ${sizes.most} at once with ${backward ? 'last' : 'first'}.`);
  }
  const cursor = backward ? args.before : args.after;
  const request = { limit, towards: backward ? 'backward' : 'forward' } as const;
  return cursor == null ? request : { ...request, from: decodeCursor(keys, binding, cursor) };
}

const badPage = (sentence: string) => new AppError('BAD_USER_INPUT', { sentence });

export interface ConnectionText {
  /** JSON of its nodes or edges, with commas between them. */
  readonly items: Json;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

export interface Connection<Node> {
  rows: readonly Node[];
  /** Of a page that was read as text: what it holds, and where it begins and ends. */
  text?: ConnectionText | undefined;
  cursorOf: (node: Node) => string;
  /** Where to read on from when the page is empty. */
  resumeCursor?: string | undefined;
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  count: () => Promise<number>;
}

/**
 * Reads one page of a list as a connection.
 * @param source `position` says where a node stands in the order; `read` reads a page; `count` is asked only when
 *   totalCount is.
 */
export async function connect<Node>(
  context: Context,
  binding: PlaceBinding,
  args: PageArguments,
  source: {
    sizes: PageSizes;
    position: (node: Node) => Position;
    read: (page: PageRequest) => Promise<Page<Node>>;
    count: () => Promise<number>;
  },
): Promise<Connection<Node>> {
  const { keys } = context.auth;
  const request = pageRequest(keys, binding, args, source.sizes);
  const page = await source.read(request);
  const forward = request.towards === 'forward';
  return {
    rows: page.rows,
    cursorOf: (node) => encodeCursor(keys, binding, page.positionOf?.(node) ?? source.position(node)),
    resumeCursor: page.resumeFrom && encodeCursor(keys, binding, page.resumeFrom),
    hasNextPage: forward ? page.hasMore : request.from !== undefined,
    hasPreviousPage: forward ? request.from !== undefined : page.hasMore,
    count: source.count,
  };
}

const PageInfo = builder.objectRef<Connection<unknown>>('PageInfo').implement({
  description: 'Where a page begins and ends, and whether there is more.',
  authScopes: { public: true },
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', {
      description: 'Whether more follows. Paging backward: whether before was given.',
    }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      description: 'Paging backward: whether there is more. Forward: whether after was given.',
    }),
    startCursor: t.string({
      nullable: true,
      description: 'Give it as before for the page ahead of this one. Null on an empty page.',
      resolve: (page) => (page.text ? page.text.startCursor : cursorAt(page, 0)),
    }),
    endCursor: t.string({
      nullable: true,
      description:
        "Give it as after for the next page. Null on an empty page, unless Query's list by LAST_UPDATED_TIME, ASC, was read on from a cursor.",
      resolve: (page) => (page.text ? page.text.endCursor : cursorAt(page, -1)) ?? page.resumeCursor ?? null,
    }),
  }),
});

function cursorAt(page: Connection<unknown>, place: number): string | null {
  return page.rows.length === 0 ? null : page.cursorOf(page.rows.at(place));
}

/** The connection and edge types of a node type, guarded as the node is. */
export function connectionType<Node>(
  name: string,
  node: ObjectRef<typeof builder.$inferSchemaTypes, Node>,
  authScopes: Authorization,
) {
  const Edge = builder.objectRef<{ page: Connection<Node>; node: Node }>(`${name}Edge`).implement({
    description: 'What a page holds at one place.',
    authScopes,
    fields: (t) => ({
      cursor: t.string({
        description: 'Give it as after or before to read on from here.',
        resolve: (edge) => edge.page.cursorOf(edge.node),
      }),
      node: t.field({
        type: node,
        description: 'What stands there.',
        resolve: (edge) => edge.node as never,
      }),
    }),
  });
  return builder.objectRef<Connection<Node>>(`${name}Connection`).implement({
    description: 'One page of a list.',
    authScopes,
    fields: (t) => ({
      edges: t.field({
        type: [Edge],
        description: 'As nodes, each with its cursor.',
        resolve: (page, _args, { texts }, { path }) =>
          page.text ? texts.putList(path, page.text.items) : page.rows.map((row) => ({ page, node: row })),
      }),
      nodes: t.field({
        type: [node],
        description: 'What the page holds, in the order of the list.',
        resolve: (page, _args, { texts }, { path }) =>
          (page.text ? texts.putList(path, page.text.items) : [...page.rows]) as never,
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: 'Whether there is more, and the cursors to go on with.',
        resolve: (page) => page as Connection<unknown>,
      }),
      totalCount: t.int({
        description: 'Of the whole list, as filtered. Counted only when asked for.',
        resolve: (page) => page.count(),
      }),
    }),
  });
}
