// GraphQL documents as text. Typed documents come as syntax trees; they are printed here, because a client that needs
// one function of it should not bring the whole of `graphql`, and a second copy of it breaks the first.

/** A document with the types of its result and variables: TypedDocumentNode, and others that codegen makes. */
export interface TypedDocument<Result, Variables> {
  /** Never there: it carries the types. */
  readonly __apiType?: (variables: Variables) => Result;
}

export interface DocumentText {
  text: string;
  /** Whether it only reads, so that sending it twice does no harm. */
  isQuery: boolean;
}

/** @param document a text, a syntax tree, or a text in an object (codegen's `documentMode: 'string'`) */
export function documentText(document: string | TypedDocument<never, never>): DocumentText {
  if (typeof document !== 'string' && 'definitions' in document) {
    const { definitions } = document as unknown as { definitions: readonly Node[] };
    return {
      text: definitions.map(print).join('\n'),
      isQuery: definitions.every(
        ({ kind, operation }) => kind !== 'OperationDefinition' || operation === 'query',
      ),
    };
  }
  const text = String(document);
  return { text, isQuery: !changes(text) };
}

/** Outside all braces: the words of the definitions, without comments, texts, and variables. */
function changes(text: string): boolean {
  const bare = text.replace(/"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|#.*/g, ' ');
  let depth = 0;
  for (const [word] of bare.matchAll(/[{}]|[$@]?\w+/g)) {
    if (word === '{') depth += 1;
    else if (word === '}') depth -= 1;
    else if (depth === 0 && (word === 'mutation' || word === 'subscription')) return true;
  }
  return false;
}

/** Of graphql's syntax tree, as far as operations and fragments need it. */
interface Node {
  kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has members of its own, and the table below knows them.
  [member: string]: any;
}

const print = (node: Node): string => {
  const printer = printers[node.kind];
  if (printer) return printer(node);
  throw new TypeError(`A document to be sent cannot hold a ${node.kind}.`);
};
const all = (nodes: readonly Node[] | undefined, between: string, open = '', close = ''): string =>
  nodes?.length ? open + nodes.map(print).join(between) + close : '';
const maybe = (node: Node | undefined, before = ''): string => (node ? before + print(node) : '');
const name = (node: Node): string => node.name?.value ?? '';
const directives = (node: Node): string => all(node.directives, ' ', ' ');

const printers: Record<string, (node: Node) => string> = {
  OperationDefinition: (node) =>
    `${node.operation} ${name(node)}${all(node.variableDefinitions, ', ', '(', ')')}${directives(node)} ${print(node.selectionSet)}`,
  VariableDefinition: (node) =>
    `${print(node.variable)}: ${print(node.type)}${maybe(node.defaultValue, ' = ')}${directives(node)}`,
  SelectionSet: (node) => all(node.selections, ' ', '{ ', ' }'),
  Field: (node) =>
    `${node.alias ? `${node.alias.value}: ` : ''}${name(node)}${all(node.arguments, ', ', '(', ')')}${directives(node)}${maybe(node.selectionSet, ' ')}`,
  Argument: (node) => `${name(node)}: ${print(node.value)}`,
  FragmentSpread: (node) => `...${name(node)}${directives(node)}`,
  InlineFragment: (node) =>
    `...${maybe(node.typeCondition, ' on ')}${directives(node)} ${print(node.selectionSet)}`,
  FragmentDefinition: (node) =>
    `fragment ${name(node)} on ${print(node.typeCondition)}${directives(node)} ${print(node.selectionSet)}`,
  Directive: (node) => `@${name(node)}${all(node.arguments, ', ', '(', ')')}`,
  NamedType: name,
  ListType: (node) => `[${print(node.type)}]`,
  NonNullType: (node) => `${print(node.type)}!`,
  Variable: (node) => `$${name(node)}`,
  IntValue: (node) => node.value,
  FloatValue: (node) => node.value,
  EnumValue: (node) => node.value,
  BooleanValue: (node) => String(node.value),
  NullValue: () => 'null',
  StringValue: (node) => JSON.stringify(node.value),
  ListValue: (node) => `[${all(node.values, ', ')}]`,
  ObjectValue: (node) => `{ ${all(node.fields, ', ')} }`,
  ObjectField: (node) => `${name(node)}: ${print(node.value)}`,
};
