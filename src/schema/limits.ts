// Limits on a GraphQL document: on its text before parsing, and on what was parsed before validation and execution.
// Everything is counted as if fragments were written out, but computed once a fragment: a document whose fragments double twenty times costs no more to
// refuse than to read. `list-cost.ts` bounds what its lists may return.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';

export interface DocumentLimits {
  readonly maxDepth: number;
  readonly maxFields: number;
  readonly maxAliases: number;
  /** Of an alias, in characters: it stands in the reply, and in SQL, as often as its field. */
  readonly maxAliasLength: number;
  readonly maxDirectives: number;
  readonly maxOperations: number;
  readonly maxFragments: number;
}

/** GraphiQL's full introspection query, at depth 15, passes. */
export const documentLimits: DocumentLimits = {
  maxDepth: 16,
  maxFields: 1_000,
  maxAliases: 30,
  maxAliasLength: 100,
  maxDirectives: 30,
  maxOperations: 10,
  maxFragments: 50,
};

/** For `parse` of graphql-js. */
export const parseLimits = { maxTokens: 2_000 } as const;

/** Brackets of every kind inside each other. The token limit alone lets the parser recurse until its stack is full. */
const maxNesting = 100;

/**
 * What is wrong with the text of a document before it is parsed, as a whole sentence for the outside, or undefined when
 * it is safe to parse. Syntax errors are left to the parser.
 */
export function sourceProblem(text: string): string | undefined {
  const lexer = new Lexer(new Source(text));
  let nesting = 0;
  for (let tokens = 0; tokens <= parseLimits.maxTokens; tokens += 1) {
    const kind = nextKind(lexer);
    if (kind === TokenKind.EOF) return undefined;
    if (opening.has(kind)) nesting += 1;
    if (closing.has(kind)) nesting -= 1;
    if (nesting > maxNesting) {
      return `The document has brackets nested more than ${maxNesting} levels deep. Ask for less in one request.`;
    }
  }
  return `The document has more than ${count(parseLimits.maxTokens)} tokens. Ask for less in one request.`;
}

const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

function nextKind(lexer: Lexer): TokenKind {
  try {
    return lexer.advance().kind;
  } catch {
    return TokenKind.EOF;
  }
}

/** How many tokens a document keeps, its comments included: with the nodes around it, each takes about 500 bytes. */
export function tokensOf({ loc }: DocumentNode): number {
  let tokens = 0;
  for (let token = loc?.startToken ?? null; token; token = token.next) tokens += 1;
  return tokens;
}

/** How many fields the operations of a document have, with its fragments written out: as many are planned for. */
export function fieldsWrittenOut({ definitions }: DocumentNode, { maxDepth }: DocumentLimits): number {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return sum(operations.map(costOfDefinitions(fragments, maxDepth))).fields;
}

/** What a selection holds with its fragments written out. */
interface Cost {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  /** Of the longest. */
  readonly aliasLength: number;
  readonly directives: number;
}

const nothing: Cost = { depth: 0, fields: 0, aliases: 0, aliasLength: 0, directives: 0 };

/** Also of a fragment that spreads itself: written out, it has no end. */
const bottomless: Cost = { ...nothing, depth: Number.POSITIVE_INFINITY };

/**
 * What is wrong with a document, as a whole sentence for the outside, or undefined when it is within the limits.
 * Time is linear in the document, and recursion is bounded by the limits.
 */
export function documentProblem(document: DocumentNode, limits: DocumentLimits): string | undefined {
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  if (operations.length > limits.maxOperations) return tooMany('operations', limits.maxOperations);
  if (fragments.length > limits.maxFragments) return tooMany('fragments', limits.maxFragments);
  const costOf = costOfDefinitions(fragments, limits.maxDepth);
  for (const definition of [...fragments, ...operations]) {
    const problem = costProblem(costOf(definition), limits);
    if (problem) return problem;
  }
  return undefined;
}

function costProblem(cost: Cost, limits: DocumentLimits): string | undefined {
  if (cost.depth > limits.maxDepth) {
    return `The document is nested more than ${limits.maxDepth} levels deep. Ask for less in one request.`;
  }
  if (cost.fields > limits.maxFields) return tooMany('fields', limits.maxFields);
  if (cost.aliases > limits.maxAliases) return tooMany('aliases', limits.maxAliases);
  if (cost.aliasLength > limits.maxAliasLength) {
    return `The document has an alias of more than ${limits.maxAliasLength} characters. Give it a shorter name.`;
  }
  return cost.directives > limits.maxDirectives ? tooMany('directives', limits.maxDirectives) : undefined;
}

const tooMany = (what: string, most: number): string =>
  `The document has more than ${count(most)} ${what}, counted with its fragments written out. Ask for less in one request.`;

const count = (most: number): string => most.toLocaleString('en-US');

type Definition = OperationDefinitionNode | FragmentDefinitionNode;

/** Counts definitions; each fragment once, however often it is spread. */
function costOfDefinitions(fragments: readonly FragmentDefinitionNode[], maxDepth: number) {
  const named = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  const counted = new Map<string, Cost>();

  function ofSpread(name: string): Cost {
    const known = counted.get(name);
    if (known) return known;
    counted.set(name, bottomless);
    const fragment = named.get(name);
    const cost = fragment ? ofDefinition(fragment) : nothing;
    counted.set(name, cost);
    return cost;
  }

  function ofDefinition(definition: Definition): Cost {
    const variables = definition.variableDefinitions ?? [];
    const directives = [definition, ...variables].reduce((sum, node) => sum + directivesOn(node), 0);
    return sum([{ ...nothing, directives }, ofSelections(definition.selectionSet, 1)]);
  }

  /** Inline fragments are laid out in place, without recursion; fields recurse as deep as the limit, no deeper. */
  function ofSelections(set: SelectionSetNode, level: number): Cost {
    if (level > maxDepth) return bottomless;
    const selections: SelectionNode[] = [...set.selections];
    for (const selection of selections) {
      if (selection.kind !== Kind.INLINE_FRAGMENT) continue;
      for (const inner of selection.selectionSet.selections) selections.push(inner);
    }
    return sum(selections.map((selection) => ofSelection(selection, level)));
  }

  function ofSelection(selection: SelectionNode, level: number): Cost {
    const own = { ...nothing, directives: directivesOn(selection) };
    if (selection.kind === Kind.INLINE_FRAGMENT) return own;
    if (selection.kind === Kind.FRAGMENT_SPREAD) return sum([own, ofSpread(selection.name.value)]);
    const inside = selection.selectionSet ? ofSelections(selection.selectionSet, level + 1) : nothing;
    const aliasLength = selection.alias?.value.length ?? 0;
    const field = { ...own, fields: 1, aliases: selection.alias ? 1 : 0, aliasLength };
    return { ...sum([field, inside]), depth: inside.depth + 1 };
  }

  return (definition: Definition): Cost =>
    definition.kind === Kind.FRAGMENT_DEFINITION ? ofSpread(definition.name.value) : ofDefinition(definition);
}

const directivesOn = (node: { readonly directives?: readonly unknown[] }): number =>
  node.directives?.length ?? 0;

/** Sums are doubles: they lose units beyond 2^53 and end at Infinity, far beyond every limit. */
function sum(costs: readonly Cost[]): Cost {
  let { depth, fields, aliases, aliasLength, directives } = nothing;
  for (const cost of costs) {
    depth = Math.max(depth, cost.depth);
    fields += cost.fields;
    aliases += cost.aliases;
    aliasLength = Math.max(aliasLength, cost.aliasLength);
    directives += cost.directives;
  }
  return { depth, fields, aliases, aliasLength, directives };
}
