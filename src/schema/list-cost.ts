// Bounds what one operation may touch and take. Records: `first` or `last` of each list, multiplied through the lists it is
// nested in. Work: what the main thread does for them, in steps of about a microsecond, which depends on whether a list is
// read as text or resolved field by field. Counted before execution, in one pass over the operation and two over each
// fragment.

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { fieldsByKey } from './data/selection.ts';

/** What `field.extensions.latchkey` may say of a list. */
export interface ListExtensions {
  /** The page when neither `first` nor `last` is given. A field of one record that takes reading says 1. */
  readonly defaultPageSize?: number;
  /** The resolver refuses larger pages, so they are not counted larger; its own error says more. */
  readonly maxPageSize?: number;
}

/** How long a list without pages is taken to be when nothing is declared: as long as that of all scopes. */
export const plainListSize = 6;

/** Steps for each time that something is written or resolved, as measured. */
interface Prices {
  readonly leaf: number;
  /** An object by itself. */
  readonly object: number;
  /** One of a list. */
  readonly item: number;
  /** One record beside another. */
  readonly neighbour: number;
  /** A list that hangs on a record. Resolved, it may also be an error, which takes longer than to read it. */
  readonly list: number;
}

const asText: Prices = { leaf: 0, object: 0, item: 1, neighbour: 2, list: 10 };
const resolved: Prices = { leaf: 1.5, object: 5, item: 5, neighbour: 20, list: 100 };
/** A signature each, whoever writes it. */
const cursor = 20;
const cursorFields: ReadonlySet<string> = new Set(['cursor', 'startCursor', 'endCursor']);

export interface CostLimits {
  readonly maxRecords: number;
  readonly maxWork: number;
}

export interface CountedOperation {
  readonly schema: GraphQLSchema;
  /** Without conditions: conditions.ts applies them. */
  readonly document: DocumentNode;
  /** Of the document. */
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether a root field is read as text, by all nodes that select it. */
  readonly isText: (
    field: GraphQLField<unknown, unknown>,
    fieldNodes: readonly FieldNode[],
    fragments: Record<string, FragmentDefinitionNode>,
  ) => boolean;
}

/**
 * What is wrong with the size of an operation, as a whole sentence for the outside, or undefined when it is within the
 * limits. Call it after `documentProblem`, which bounds the recursion, and after validation.
 */
export function listCost(counted: CountedOperation, { maxRecords, maxWork }: CostLimits): string | undefined {
  const root = counted.schema.getRootType(counted.operation.operation);
  if (!root) return undefined;
  const variables = { ...defaultsOf(counted.operation), ...counted.variables };
  const { records, work } = costOf({ ...counted, variables }, root);
  if (records > maxRecords) {
    return `The operation could return more than ${maxRecords.toLocaleString('en-US')} records. Ask for smaller pages with first or last, or nest fewer lists.`;
  }
  return work > maxWork ? tooMuchWork : undefined;
}

const tooMuchWork =
  'The operation could take more work than one request may. Ask for smaller pages with first or last, for fewer lists and cursors in each record, or for a list as nodes or edges and not both.';

/** What is below a field, for each time that the field is resolved. */
interface Cost {
  records: number;
  work: number;
  /** In a connection: for each of its records. */
  recordsOfEach: number;
  workOfEach: number;
}

const nothing: Readonly<Cost> = { records: 0, work: 0, recordsOfEach: 0, workOfEach: 0 };

function add(total: Cost, more: Readonly<Cost>): void {
  total.records += more.records;
  total.work += more.work;
  total.recordsOfEach += more.recordsOfEach;
  total.workOfEach += more.workOfEach;
}

/** Root fields of one key are one list, which is read in one way. */
function costOf(counted: CountedOperation, root: GraphQLNamedType): Readonly<Cost> {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of counted.document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  const costs = {
    text: createCounter(counted, fragments, asText),
    not: createCounter(counted, fragments, resolved),
  };
  const total = { ...nothing };
  for (const nodes of fieldsByKey([counted.operation], { fragments }).values()) {
    const field = fieldOf(root, nodes[0]?.name.value ?? '');
    const isText = field !== undefined && counted.isText(field, nodes, fragments);
    for (const node of nodes) add(total, costs[isText ? 'text' : 'not'](node, root));
  }
  return total;
}

function defaultsOf(operation: OperationDefinitionNode): Record<string, unknown> {
  const definitions = operation.variableDefinitions ?? [];
  return Object.fromEntries(
    definitions.map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue && numberIn(defaultValue, {}),
    ]),
  );
}

/** Counts what a field costs each time that it is resolved; factors multiply on the way up. */
function createCounter(
  { schema, variables }: CountedOperation,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  prices: Prices,
) {
  const known = new Map<string, Readonly<Cost>>();

  function below(set: SelectionSetNode, parent: GraphQLNamedType | undefined): Readonly<Cost> {
    const total = { ...nothing };
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) add(total, ofField(selection, parent));
      else if (selection.kind === Kind.FRAGMENT_SPREAD) add(total, ofSpread(selection.name.value));
      else add(total, below(selection.selectionSet, narrowed(selection.typeCondition?.name.value, parent)));
    }
    return total;
  }

  const narrowed = (name: string | undefined, parent: GraphQLNamedType | undefined) =>
    name === undefined ? parent : schema.getType(name);

  function ofSpread(name: string): Readonly<Cost> {
    const before = known.get(name);
    if (before) return before;
    known.set(name, nothing);
    const fragment = fragments[name];
    const cost = fragment
      ? below(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value))
      : nothing;
    known.set(name, cost);
    return cost;
  }

  function ofField(node: FieldNode, parent: GraphQLNamedType | undefined): Readonly<Cost> {
    const name = node.name.value;
    if (!node.selectionSet) return { ...nothing, work: cursorFields.has(name) ? cursor : prices.leaf };
    const field = fieldOf(parent, name);
    if (!field) return nothing;
    const type = getNamedType(field.type);
    const inside = below(node.selectionSet, type);
    const size = listSize(field, node, parent, variables);
    const isList = isListType(getNullableType(field.type));
    const work = inside.work + (isList ? prices.item : prices.object);
    if (size === undefined) {
      if (!isList) return { ...nothing, records: inside.records, work };
      return { ...nothing, recordsOfEach: inside.records, workOfEach: work };
    }
    const records = size * (1 + inside.records + inside.recordsOfEach);
    if (isConnection(type)) {
      return { ...nothing, records, work: prices.list + work + size * inside.workOfEach };
    }
    const own = isList ? prices.object : prices.neighbour;
    return { ...nothing, records, work: own + size * work };
  }

  return ofField;
}

const isConnection = (type: GraphQLNamedType | undefined): boolean =>
  type?.name.endsWith('Connection') ?? false;

const declaredOf = ({ extensions }: GraphQLField<unknown, unknown>): ListExtensions =>
  extensions.latchkey ?? {};

/** Introspection fields have none: introspection-limit.ts bounds them. */
const fieldOf = (
  parent: GraphQLNamedType | undefined,
  name: string,
): GraphQLField<unknown, unknown> | undefined =>
  isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;

/** How many records a field stands for, or undefined when it is not a list or its size is counted one level above. */
function listSize(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  parent: GraphQLNamedType | undefined,
  variables: Readonly<Record<string, unknown>>,
): number | undefined {
  const paged = field.args.some(({ name }) => name === 'first' || name === 'last');
  const { defaultPageSize, maxPageSize } = declaredOf(field);
  const declared = paged || defaultPageSize !== undefined;
  if (!declared && (isConnection(parent) || !isListType(getNullableType(field.type)))) return undefined;
  const asked = paged ? pageAsked(node, variables) : undefined;
  const size = asked ?? defaultPageSize ?? plainListSize;
  return Math.min(Math.max(size, 0), maxPageSize ?? Number.POSITIVE_INFINITY);
}

function pageAsked(node: FieldNode, variables: Readonly<Record<string, unknown>>): number | undefined {
  const sizes = (node.arguments ?? [])
    .filter(({ name }) => name.value === 'first' || name.value === 'last')
    .map(({ value }) => numberIn(value, variables))
    .filter((size) => size !== undefined);
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/** The number that a value stands for; anything else counts as absent, and coercion refuses it. */
function numberIn(value: ValueNode, variables: Readonly<Record<string, unknown>>): number | undefined {
  const found =
    value.kind === Kind.VARIABLE
      ? variables[value.name.value]
      : value.kind === Kind.INT
        ? Number(value.value)
        : undefined;
  return typeof found === 'number' && !Number.isNaN(found) ? found : undefined;
}
