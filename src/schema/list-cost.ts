// Bounds how many records one operation may touch: `first` or `last` of each list, multiplied through the lists it is
// nested in. Counted before execution, in one pass over the operation and one over each fragment.

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

/** What `field.extensions.latchkey` may say of a list. */
export interface ListExtensions {
  /** The page when neither `first` nor `last` is given. A field of one record that takes reading says 1. */
  readonly defaultPageSize?: number;
  /** The resolver refuses larger pages, so they are not counted larger; its own error says more. */
  readonly maxPageSize?: number;
}

/** How long a list without pages is taken to be when nothing is declared. */
const plainListSize = 5;

/**
 * What is wrong with the size of an operation, as a whole sentence for the outside, or undefined when it can return at
 * most `maxNodes` records. `variables` are as the client sent them. Call it after `documentProblem`, which bounds the
 * recursion, and after validation.
 */
export function listCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
  variables: Readonly<Record<string, unknown>>,
  maxNodes: number,
): string | undefined {
  const operation = findOperation(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return undefined;
  const given = { ...defaultsOf(operation), ...variables };
  if (createCounter(schema, document, given)(operation.selectionSet, root) <= maxNodes) return undefined;
  return `The operation could return more than ${maxNodes.toLocaleString('en-US')} records. Ask for smaller pages with first or last, or nest fewer lists.`;
}

/** The operation that will run, or undefined when the name does not settle it; execution refuses that. */
function findOperation(
  document: DocumentNode,
  name: string | undefined,
): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (name !== undefined) return operations.find((operation) => operation.name?.value === name);
  return operations.length === 1 ? operations[0] : undefined;
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

/** Counts the records below a selection for one record above it; factors multiply on the way up. */
function createCounter(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const counted = new Map<string, number>();

  function below(set: SelectionSetNode, parent: GraphQLNamedType | undefined): number {
    let records = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) records += ofField(selection, parent);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) records += ofSpread(selection.name.value);
      else records += below(selection.selectionSet, narrowed(selection.typeCondition?.name.value, parent));
    }
    return records;
  }

  const narrowed = (name: string | undefined, parent: GraphQLNamedType | undefined) =>
    name === undefined ? parent : schema.getType(name);

  function ofSpread(name: string): number {
    const known = counted.get(name);
    if (known !== undefined) return known;
    counted.set(name, 0);
    const fragment = fragments.get(name);
    const records = fragment
      ? below(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value))
      : 0;
    counted.set(name, records);
    return records;
  }

  function ofField(node: FieldNode, parent: GraphQLNamedType | undefined): number {
    const field = fieldOf(parent, node.name.value);
    if (!field || !node.selectionSet) return 0;
    const size = listSize(field, node, parent, variables);
    const inside = below(node.selectionSet, getNamedType(field.type));
    return size === undefined ? inside : size * (1 + inside);
  }

  return below;
}

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
  const insideConnection = parent?.name.endsWith('Connection') ?? false;
  const { defaultPageSize, maxPageSize } = (field.extensions.latchkey ?? {}) as ListExtensions;
  const declared = paged || defaultPageSize !== undefined;
  if (!declared && (insideConnection || !isListType(getNullableType(field.type)))) return undefined;
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
