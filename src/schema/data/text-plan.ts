// How what a query asks of a list of records can be read as text that the database makes: the fields of each record, and
// the neighbours of each, which are put in where their field stands. What a directive has a say in, two lists of one
// connection, cursors into lists of neighbours, and fields with a guard of their own go through resolvers instead.

import {
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLString,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isObjectType,
} from 'graphql';
import type { ShapeField, ShapeValue } from '../../db/data/json-text.ts';
import { PageWriter } from '../../db/data/page-writer.ts';
import { type RecordShape, recordShape } from '../../db/data/record-shape.ts';
import { columnsOf, type DataResource, type RecordColumn } from '../../db/data/resources.ts';
import type { Database } from '../../db/tables.ts';
import type { Neighbour } from './neighbour-fields.ts';
import { fieldsByKey, storedName } from './selection.ts';

/** The records of a list. */
export interface RecordPlan {
  readonly resource: DataResource;
  readonly shape: RecordShape;
  /** In the order of their marks in the text. */
  readonly holes: readonly Hole[];
  /** In which the ids of neighbours are. */
  readonly columns: readonly RecordColumn<DataResource>[];
}

/** A neighbour, or a list of them. */
export interface Hole {
  readonly parentType: string;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  readonly neighbour: Neighbour;
  readonly records: RecordPlan | undefined;
  /** Of a list: what is asked of its connection. */
  readonly connection: readonly ConnectionField[];
}

export interface ConnectionField {
  readonly key: string;
  readonly is: 'nodes' | 'totalCount' | { readonly text: string } | Edges | PageInfo;
}
export interface Edges {
  readonly edge: readonly {
    readonly key: string;
    readonly is: 'node' | 'cursor' | { readonly text: string };
  }[];
}
export interface PageInfo {
  readonly pageInfo: readonly { readonly key: string; readonly is: string }[];
}

/** A connection whose records are asked for in one list at most. */
export interface ConnectionPlan {
  readonly fields: readonly ConnectionField[];
  readonly records: RecordPlan | undefined;
}

/** Thrown and caught in this file: the query, or a part of it, cannot be read as text. */
class NotText extends Error {}

/** A list that is to be read: what it is a list of, and all that is selected on it. */
export interface AskedList {
  readonly resource: DataResource;
  readonly returnType: GraphQLOutputType;
  readonly fieldNodes: readonly FieldNode[];
  readonly fragments: GraphQLResolveInfo['fragments'];
}

/** Of one executor. */
export class TextPlans {
  /** Writes the pages of all plans. */
  readonly writer = new PageWriter();
  readonly #db: Database;
  /** What was planned for fields of documents that are remembered. */
  readonly #known = new WeakMap<FieldNode, ConnectionPlan | 'none'>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** The plan for a list, or undefined when there is none. */
  of(list: AskedList): ConnectionPlan | undefined {
    const [only] = list.fieldNodes;
    const isAlone = only && list.fieldNodes.length === 1;
    const plan = (isAlone && this.#known.get(only)) || planned(list, this.#db);
    if (isAlone) this.#known.set(only, plan);
    return plan === 'none' ? undefined : plan;
  }
}

function planned(list: AskedList, db: Database): ConnectionPlan | 'none' {
  const type = getNamedType(list.returnType) as GraphQLObjectType;
  try {
    const plan = createPlanner(list, db).connection(list.resource, type, list.fieldNodes);
    return plan.records ? plan : 'none';
  } catch (error) {
    if (error instanceof NotText) return 'none';
    throw error;
  }
}

function createPlanner(document: Pick<AskedList, 'fragments'>, db: Database) {
  const asked = (parents: readonly FieldNode[]): [key: string, name: string, nodes: FieldNode[]][] => {
    return [...fieldsByKey(parents, document)].map(([key, nodes]) => [
      key,
      nodes[0]?.name.value ?? '',
      nodes,
    ]);
  };

  function connection(
    resource: DataResource,
    type: GraphQLObjectType,
    parents: readonly FieldNode[],
  ): ConnectionPlan {
    let records: RecordPlan | undefined;
    const only = (plan: RecordPlan) => {
      if (records) throw new NotText();
      records = plan;
    };
    const fields = asked(parents).map(([key, name, nodes]): ConnectionField => {
      if (name === '__typename') return { key, is: { text: type.name } };
      if (name === 'totalCount') return { key, is: 'totalCount' };
      if (name === 'pageInfo') return { key, is: { pageInfo: pageInfo(nodes) } };
      if (name === 'edges') return { key, is: edges(objectTypeOf(type, name), nodes) };
      only(record(resource, objectTypeOf(type, name), nodes));
      return { key, is: 'nodes' };
    });
    return { fields, records };

    function edges(edgeType: GraphQLObjectType, parentNodes: readonly FieldNode[]): Edges {
      const edge = asked(parentNodes).map(([key, name, nodes]): Edges['edge'][number] => {
        if (name === '__typename') return { key, is: { text: edgeType.name } };
        if (name === 'cursor') return { key, is: 'cursor' };
        only(record(resource, objectTypeOf(edgeType, name), nodes));
        return { key, is: 'node' };
      });
      // Cursors alone have no text of a record to stand around.
      if (!edge.some(({ is }) => is === 'node')) throw new NotText();
      return { edge };
    }
  }

  const pageInfo = (nodes: readonly FieldNode[]) => asked(nodes).map(([key, is]) => ({ key, is }));

  function record(
    resource: DataResource,
    type: GraphQLObjectType,
    parents: readonly FieldNode[],
  ): RecordPlan {
    const columns: readonly string[] = columnsOf(resource);
    const holes: Hole[] = [];
    const shape = asked(parents).map(([key, name, nodes]): ShapeField => {
      const definition = type.getFields()[name];
      const neighbour = definition?.extensions.neighbour as Neighbour | undefined;
      if (!definition || !neighbour)
        return { key, value: stored(type, name, nodes, (one) => columns.includes(one)) };
      holes.push(hole(type, definition, neighbour, nodes));
      return { key, value: { kind: 'hole' } };
    });
    const ids = holes.flatMap(({ neighbour }) => ('column' in neighbour ? [neighbour.column] : []));
    const columnsOfIds = ids as RecordColumn<DataResource>[];
    return { resource, shape: recordShape(db, resource, shape), holes, columns: columnsOfIds };
  }

  function hole(
    parentType: GraphQLObjectType,
    definition: GraphQLField<unknown, unknown>,
    neighbour: Neighbour,
    nodes: readonly FieldNode[],
  ): Hole {
    const [node] = nodes;
    const { resource } = neighbour.kind;
    const type = getNamedType(definition.type) as GraphQLObjectType;
    const isPlace = (name: string) => name === 'after' || name === 'before';
    if (!node || node.arguments?.some(({ name }) => isPlace(name.value))) throw new NotText();
    const common = { parentType: parentType.name, definition, node, neighbour };
    if ('column' in neighbour) return { ...common, records: record(resource, type, nodes), connection: [] };
    const { fields, records } = connection(resource, type, nodes);
    // Where a page begins and ends is found out by reading it.
    if (!records && fields.some(({ is }) => typeof is === 'object' && 'pageInfo' in is)) throw new NotText();
    return { ...common, records, connection: fields };
  }

  function stored(
    type: GraphQLObjectType,
    fieldName: string,
    nodes: readonly FieldNode[],
    isStored: (name: string) => boolean,
  ): ShapeValue {
    if (fieldName === '__typename') return { kind: 'constant', text: type.name };
    const field = type.getFields()[fieldName];
    const name = storedName(fieldName);
    const options = field?.extensions.pothosOptions as { authScopes?: unknown } | undefined;
    if (!field || options?.authScopes !== undefined || !isStored(name)) throw new NotText();
    const named = getNamedType(field.type);
    if (isEnumType(named)) {
      const words = Object.fromEntries(named.getValues().map((word) => [String(word.value), word.name]));
      return { kind: 'stored', name, words };
    }
    if (!isObjectType(named)) {
      return { kind: 'stored', name, isText: getNullableType(field.type) === GraphQLString };
    }
    const fields = asked(nodes).map(([key, inside, insideNodes]) => ({
      key,
      value: stored(named, inside, insideNodes, () => true),
    }));
    return { kind: isListType(getNullableType(field.type)) ? 'list' : 'object', name, fields };
  }

  return { connection };
}

const objectTypeOf = (type: GraphQLObjectType, field: string): GraphQLObjectType =>
  getNamedType(type.getFields()[field]?.type) as GraphQLObjectType;
