// Reads what a text plan says: each level of a query in one statement, as text, and puts the levels into one another.

import { GraphQLError, type GraphQLResolveInfo, getArgumentValues } from 'graphql';
import type { PlaceBinding } from '../../auth/signed-place.ts';
import { holeMark } from '../../db/data/json-text.ts';
import { countNeighbours, findRecords, listNeighbours } from '../../db/data/neighbours.ts';
import { listRecords } from '../../db/data/read.ts';
import type { DataResource } from '../../db/data/resources.ts';
import { listNeighbourTexts, listTexts } from '../../db/data/texts.ts';
import type { Page, PageRequest, Position } from '../../db/page.ts';
import { AppError } from '../../errors.ts';
import { declaredOn, permits } from '../authorization.ts';
import { type Context, organizationIdOf, readsDb } from '../context.ts';
import { type ConnectionText, encodeCursor, pageRequest } from '../page.ts';
import {
  type CursorOf,
  connectionText,
  edgesText,
  emptyList,
  type List,
  type TextList,
  type TextRow,
} from './connection-text.ts';
import { conditionOf } from './filter.ts';
import { type NeighbourList, neighbourListName, neighbourSizes } from './neighbour-fields.ts';
import { type ListArguments, positionIn } from './record-fields.ts';
import type { ConnectionField, Edges, Hole, RecordPlan } from './text-plan.ts';

/** A hole whose arguments are known. */
interface ReadyHole {
  hole: Hole;
  /** Of a list. */
  list: List | undefined;
  inside: readonly ReadyHole[];
}

type ReadyHoles = readonly ReadyHole[];

/**
 * The holes of a plan with the arguments that this request gives them, or undefined when the caller lacks a scope of
 * them: then resolvers find out, and say so at the right place. The second wall stands here too.
 * @throws GraphQLError, once, for an argument that would be wrong for every record.
 */
function readyHoles(context: Context, plan: RecordPlan, info: GraphQLResolveInfo): ReadyHoles | undefined {
  const ready: ReadyHole[] = [];
  for (const hole of plan.holes) {
    const { definition, neighbour, records } = hole;
    const declared = declaredOn(definition);
    if (!declared || !permits(context.principal, declared)) return undefined;
    const list = 'column' in neighbour ? undefined : listOf(context, hole, neighbour, info);
    const inside = records && readyHoles(context, records, info);
    if (records && !inside) return undefined;
    ready.push({ hole, list, inside: inside ?? [] });
  }
  return ready;
}

function listOf(
  context: Context,
  { definition, node }: Hole,
  { kind, usualOrder }: NeighbourList,
  info: GraphQLResolveInfo,
): List {
  try {
    const args = getArgumentValues(definition, node, info.variableValues) as ListArguments<DataResource>;
    const { field: orderBy, direction } = args.orderBy ?? usualOrder;
    const binding = { organizationId: organizationIdOf(context), list: '', order: '' };
    const page = pageRequest(
      context.auth.keys,
      binding,
      { first: args.first, last: args.last },
      neighbourSizes,
    );
    return { orderBy, direction, page, where: conditionOf(kind.resource as DataResource, args.filter) };
  } catch (error) {
    if (error instanceof AppError)
      throw new GraphQLError(error.sentence, { nodes: node, originalError: error });
    throw error;
  }
}

/** A page of a root list, and its text. */
export type TextPage = Page<TextRow> & { text: ConnectionText };

/** What reads the pages of the connection that is resolved as text, or undefined when resolvers have to. */
export function textReader(
  resource: DataResource,
  context: Context,
  info: GraphQLResolveInfo,
): ((list: List, binding: PlaceBinding) => Promise<TextPage>) | undefined {
  const { returnType, fieldNodes, fragments } = info;
  const plan = context.textPlans.of({ resource, returnType, fieldNodes, fragments });
  const holes = plan?.records && readyHoles(context, plan.records, info);
  if (!plan?.records || !holes) return undefined;
  const { fields, records } = plan;
  return async (list, binding) => {
    const cursorOf = (position: Position | undefined) =>
      position === undefined ? null : encodeCursor(context.auth.keys, binding, position);
    if (holes.length === 0 && !isSync(list) && readsWhole(fields, list.page)) {
      const { writer } = context.textPlans;
      const options = { ...list, shape: records.shape, places: asksForPlaces(fields), writer };
      const page = await listTexts(readsDb(context), organizationIdOf(context), resource, options);
      const ends = { startCursor: cursorOf(page.first), endCursor: cursorOf(page.last) };
      return { rows: [], hasMore: page.hasMore, text: { items: page.items, ...ends } };
    }
    const page = await readRows(context, records, list);
    const texts = await filled(context, page.rows, holes);
    const positionOf = (row: TextRow | undefined) =>
      row && (page.positionOf?.(row) ?? positionIn(list.orderBy)(row as never));
    const cursorAt = (place: number) => cursorOf(positionOf(page.rows.at(place)));
    const edges = fields.find(({ is }) => typeof is === 'object' && 'edge' in is)?.is as Edges | undefined;
    const items = edges ? edgesText(edges.edge, texts, (place) => cursorAt(place) ?? '') : texts.join(',');
    return { ...page, text: { items, startCursor: cursorAt(0), endCursor: cursorAt(-1) } };
  };
}

async function readRows(
  context: Context,
  { resource, shape, columns }: RecordPlan,
  list: List,
): Promise<Page<TextRow>> {
  const wanted = { ...list, columns, shape };
  const page = await listRecords(readsDb(context), organizationIdOf(context), resource, wanted);
  return page as unknown as Page<TextRow>;
}

const isSync = ({ orderBy, direction }: List): boolean =>
  orderBy === 'LAST_UPDATED_TIME' && direction === 'asc';

const asksForPlaces = (fields: readonly ConnectionField[]): boolean =>
  fields.some(({ is }) => typeof is === 'object' && 'pageInfo' in is);

/** Whether nothing is said of single records, and none has to be turned round. */
const readsWhole = (fields: readonly ConnectionField[], page: PageRequest): boolean =>
  page.towards === 'forward' && !fields.some(({ is }) => typeof is === 'object' && 'edge' in is);

/** The text of each row, with what belongs into its holes. */
async function filled(context: Context, rows: readonly TextRow[], holes: ReadyHoles): Promise<string[]> {
  if (holes.length === 0 || rows.length === 0) return rows.map(({ json }) => json);
  const fillings = await Promise.all(
    holes.map((ready) =>
      ready.list ? listsBeside(context, rows, ready, ready.list) : onesBeside(context, rows, ready),
    ),
  );
  return rows.map(({ json }, row) =>
    json
      .split(holeMark)
      .map((piece, i) => piece + (fillings[i]?.[row] ?? ''))
      .join(''),
  );
}

/** The one neighbour of each row, or `null`. */
async function onesBeside(
  context: Context,
  rows: readonly TextRow[],
  { hole, inside }: ReadyHole,
): Promise<string[]> {
  const { resource, shape, columns } = hole.records as RecordPlan;
  const column = (hole.neighbour as { column: string }).column;
  const { batches } = context;
  const records = readsDb(context);
  const name = batches.nameOf([resource, shape, columns]);
  const ids = [...new Set(rows.flatMap((row) => (row[column] as string | null) ?? []))];
  const found = await Promise.all(
    ids.map((id) =>
      batches.load(name, id, (many) =>
        findRecords(records, organizationIdOf(context), resource, many, columns, shape),
      ),
    ),
  );
  const there = (found as (TextRow | undefined)[]).filter((row) => row !== undefined);
  const texts = await filled(context, there, inside);
  const byId = new Map(there.map(({ id }, i) => [id, texts[i] ?? 'null']));
  return rows.map((row) => byId.get(row[column] as string) ?? 'null');
}

/** The list that hangs on each row, as its connection. */
async function listsBeside(
  context: Context,
  rows: readonly TextRow[],
  ready: ReadyHole,
  list: List,
): Promise<string[]> {
  const { hole } = ready;
  const ids = [...new Set(rows.map(({ id }) => id))];
  const isCounted = hole.connection.some(({ is }) => is === 'totalCount');
  const [lists, counts] = await Promise.all([
    hole.records ? readLists(context, ids, ready, list) : new Map<string, TextList>(),
    isCounted ? countLists(context, ids, hole, list) : new Map<string, number>(),
  ]);
  return rows.map(({ id }) => {
    const cursorOf = cursorMaker(context, hole, list, id);
    return connectionText(hole.connection, list, lists.get(id) ?? emptyList, counts.get(id) ?? 0, cursorOf);
  });
}

const listBeside = ({ neighbour }: Hole): NeighbourList => neighbour as NeighbourList;

const countLists = (context: Context, ids: readonly string[], hole: Hole, { where }: List) => {
  const { kind, parentColumn } = listBeside(hole);
  return countNeighbours(readsDb(context), organizationIdOf(context), kind.resource, ids, {
    parentColumn,
    where,
  });
};

async function readLists(
  context: Context,
  ids: readonly string[],
  { hole, inside }: ReadyHole,
  list: List,
): Promise<Map<string, TextList>> {
  const records = readsDb(context);
  const organizationId = organizationIdOf(context);
  const { resource, shape, columns } = hole.records as RecordPlan;
  const { parentColumn } = listBeside(hole);
  if (inside.length === 0 && readsWhole(hole.connection, list.page)) {
    const places = asksForPlaces(hole.connection);
    const { writer } = context.textPlans;
    const found = await listNeighbourTexts(records, organizationId, resource, ids, {
      ...list,
      parentColumn,
      shape,
      places,
      writer,
    });
    return new Map([...found].map(([id, page]) => [id, { ...page, texts: [], rows: [] }]));
  }
  const pages = await listNeighbours(records, organizationId, resource, ids, {
    ...list,
    parentColumn,
    columns,
    shape,
  });
  const all = [...pages.values()].flatMap(({ rows }) => rows as TextRow[]);
  const texts = (await filled(context, all, inside)).values();
  return new Map(
    [...pages].map(([id, page]) => {
      const own = page.rows.map(() => texts.next().value ?? '');
      const rows = page.rows as TextRow[];
      const [first, last] = [rows[0], rows.at(-1)].map(
        (row) => row && positionIn(list.orderBy)(row as never),
      );
      return [id, { items: own.join(','), texts: own, rows, hasMore: page.hasMore, first, last }];
    }),
  );
}

function cursorMaker(context: Context, hole: Hole, { orderBy, direction }: List, parentId: string): CursorOf {
  const list = neighbourListName(hole.parentType, hole.definition.name, parentId);
  const binding = { organizationId: organizationIdOf(context), list, order: `${orderBy} ${direction}` };
  return (position) => encodeCursor(context.auth.keys, binding, position);
}
