// What a query asks of a list of records, as the shape of JSON text that the database can make of each row alone: plain
// fields, and what is inside `detail`. Neighbours, directives, and fields with a guard of their own go through resolvers.

import {
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isObjectType,
} from 'graphql';
import { columnsOf, type DataResource } from '../../db/data/resources.ts';
import { longestKey, type ShapeField, type ShapeValue } from '../../db/data/shape.ts';
import type { EdgeField, TextPlan } from '../page.ts';
import { fieldsByKey, storedName } from './selection.ts';

/** What was planned for fields of documents that are remembered. */
export type TextPlans = WeakMap<FieldNode, TextPlan | 'none'>;

/** How the records of the connection that is resolved can be read as text, or undefined when they cannot. */
export function textPlanOf(
  resource: DataResource,
  info: GraphQLResolveInfo,
  plans: TextPlans,
): TextPlan | undefined {
  const [only] = info.fieldNodes;
  if (!only || info.fieldNodes.length > 1) return makePlan(resource, info);
  const plan = plans.get(only) ?? makePlan(resource, info) ?? 'none';
  plans.set(only, plan);
  return plan === 'none' ? undefined : plan;
}

/** Only for one list of records in the connection: two of them could want different shapes. */
function makePlan(resource: DataResource, info: GraphQLResolveInfo): TextPlan | undefined {
  const asked = [...(fieldsByKey(info.fieldNodes, info)?.values() ?? [])];
  const lists = asked.filter((fields) => nameOf(fields) === 'nodes' || nameOf(fields) === 'edges');
  const [list] = lists;
  if (!list || lists.length > 1) return undefined;
  const type = objectTypeOf(getNamedType(info.returnType) as GraphQLObjectType, nameOf(list));
  if (nameOf(list) === 'edges') return edgePlan(resource, type, list, info);
  const shape = recordShape(resource, type, list, info);
  return shape && { shape, edge: undefined };
}

function edgePlan(
  resource: DataResource,
  type: GraphQLObjectType,
  list: readonly FieldNode[],
  info: GraphQLResolveInfo,
): TextPlan | undefined {
  const edge: EdgeField[] = [];
  let shape: ShapeField[] | undefined;
  for (const [key, fields] of fieldsByKey(list, info) ?? []) {
    const name = nameOf(fields);
    if (name === '__typename') edge.push({ key, is: { text: type.name } });
    else if (name === 'cursor') edge.push({ key, is: 'cursor' });
    else {
      if (shape) return undefined;
      shape = recordShape(resource, objectTypeOf(type, name), fields, info);
      edge.push({ key, is: 'node' });
    }
  }
  return shape && { shape, edge };
}

function recordShape(
  resource: DataResource,
  type: GraphQLObjectType,
  fields: readonly FieldNode[],
  info: GraphQLResolveInfo,
): ShapeField[] | undefined {
  const columns: readonly string[] = columnsOf(resource);
  return shapeOf(type, fields, info, (name) => columns.includes(name));
}

function shapeOf(
  type: GraphQLObjectType,
  fields: readonly FieldNode[],
  info: GraphQLResolveInfo,
  isStored: (name: string) => boolean,
): ShapeField[] | undefined {
  const asked = fieldsByKey(fields, info);
  if (!asked) return undefined;
  const shape: ShapeField[] = [];
  for (const [key, nodes] of asked) {
    const value = storedValue(type, nodes, info, isStored);
    if (!value || key.length > longestKey) return undefined;
    shape.push({ key, value });
  }
  return shape;
}

function storedValue(
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  info: GraphQLResolveInfo,
  isStored: (name: string) => boolean,
): ShapeValue | undefined {
  const fieldName = nameOf(nodes);
  if (fieldName === '__typename') return { kind: 'constant', text: type.name };
  const field = type.getFields()[fieldName];
  const name = storedName(fieldName);
  const options = field?.extensions.pothosOptions as { authScopes?: unknown } | undefined;
  if (!field || options?.authScopes !== undefined || !isStored(name)) return undefined;
  const named = getNamedType(field.type);
  if (isEnumType(named)) {
    const words = Object.fromEntries(named.getValues().map((word) => [String(word.value), word.name]));
    return { kind: 'stored', name, words };
  }
  if (!isObjectType(named)) return { kind: 'stored', name };
  const inside = shapeOf(named, nodes, info, () => true);
  const kind = isListType(getNullableType(field.type)) ? 'list' : 'object';
  return inside && { kind, name, fields: inside };
}

const nameOf = ([field]: readonly FieldNode[]): string => field?.name.value ?? '';

const objectTypeOf = (type: GraphQLObjectType, field: string): GraphQLObjectType =>
  getNamedType(type.getFields()[field]?.type) as GraphQLObjectType;
