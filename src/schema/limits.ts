// Limits on a GraphQL document: on its tokens while it is parsed, and on what was parsed before validation and execution.
// Everything is counted as if fragments were written out, but computed once a fragment: a document whose fragments double
// twenty times costs no more to refuse than to read. `list-cost.ts` bounds what its lists may return.

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  Source,
  type Token,
  TokenKind,
  visit,
} from 'graphql';
import { AppError } from '../errors.ts';

export interface DocumentLimits {
  readonly maxDepth: number;
  readonly maxFields: number;
  readonly maxAliases: number;
  /** Of an alias, in characters: it stands in the reply, and in SQL, as often as its field. */
  readonly maxAliasLength: number;
  readonly maxDirectives: number;
  readonly maxOperations: number;
  readonly maxFragments: number;
  /** Fields of which a document may hold one: guesses cannot be multiplied by aliases. */
  readonly once: ReadonlySet<string>;
}

/** GraphiQL's full introspection query, at depth 15, passes. */
export const documentLimits: Omit<DocumentLimits, 'once'> = {
  maxDepth: 16,
  maxFields: 1_000,
  maxAliases: 30,
  maxAliasLength: 100,
  maxDirectives: 30,
  maxOperations: 10,
  maxFragments: 50,
};

export const maxTokens = 2_000;
/** Of fields with one name in the reply, graphql-js compares each with each: this many take it about 25 ms. */
const maxPairs = 30_000;
/** Brackets of every kind inside each other. The limit of tokens alone lets the parser recurse until its stack is full. */
const maxNesting = 100;

/**
 * Parses a document, and no more of it than the limits allow.
 * @throws AppError QUERY_TOO_COMPLEX for too many tokens, or brackets nested too deep; GraphQLError for bad syntax.
 */
export const parseWithinLimits = (text: string): DocumentNode =>
  parse(text, { lexer: new BoundedLexer(new Source(text)) });

class BoundedLexer extends Lexer {
  #tokens = 0;
  #nesting = 0;

  override advance(): Token {
    const token = super.advance();
    this.#tokens += 1;
    if (this.#tokens > maxTokens) throw tooComplex(`The document has more than ${count(maxTokens)} tokens.`);
    if (opening.has(token.kind)) this.#nesting += 1;
    else if (closing.has(token.kind)) this.#nesting -= 1;
    if (this.#nesting > maxNesting)
      throw tooComplex(`The document has brackets nested more than ${maxNesting} levels deep.`);
    return token;
  }
}

const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

const tooComplex = (problem: string): AppError =>
  new AppError('QUERY_TOO_COMPLEX', { sentence: `${problem} Ask for less in one request.` });

/** What is wrong with how often a document says the same, as a whole sentence for the outside, or undefined. */
export function repetitionProblem(document: DocumentNode): string | undefined {
  const times = new Map<string, number>();
  let pairs = 0;
  visit(document, {
    Field: ({ alias, name }) => {
      const key = (alias ?? name).value;
      const before = times.get(key) ?? 0;
      times.set(key, before + 1);
      pairs += before;
    },
  });
  return pairs > maxPairs ? tooOften : undefined;
}

export const tooOften = 'The document asks for the same field too often. Ask for it once.';

/** How many tokens a document keeps, its comments included: with the nodes around it, each takes about 500 bytes. */
export function tokensOf({ loc }: DocumentNode): number {
  let tokens = 0;
  for (let token = loc?.startToken ?? null; token; token = token.next) tokens += 1;
  return tokens;
}

/** How many fields the operations of a document have, with its fragments written out: as many are planned for. */
export function fieldsWrittenOut({ definitions }: DocumentNode, limits: DocumentLimits): number {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const costOf = costOfDefinitions(fragments, limits);
  return operations.reduce((fields, operation) => fields + costOf(operation).fields, 0);
}

/** What a selection holds with its fragments written out. Doubles: they lose units beyond 2^53, far beyond every limit. */
interface Cost {
  depth: number;
  fields: number;
  aliases: number;
  /** Of the longest. */
  aliasLength: number;
  directives: number;
  /** Fields of which a document may hold one. */
  once: number;
}

const nothing: Readonly<Cost> = { depth: 0, fields: 0, aliases: 0, aliasLength: 0, directives: 0, once: 0 };

/** Also of a fragment that spreads itself: written out, it has no end. */
const bottomless: Readonly<Cost> = { ...nothing, depth: Number.POSITIVE_INFINITY };

/** @param levels by which what is added lies deeper. */
function add(total: Cost, more: Readonly<Cost>, levels: number): void {
  total.depth = Math.max(total.depth, more.depth + levels);
  total.fields += more.fields;
  total.aliases += more.aliases;
  total.aliasLength = Math.max(total.aliasLength, more.aliasLength);
  total.directives += more.directives;
  total.once += more.once;
}

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
  const costOf = costOfDefinitions(fragments, limits);
  let once = 0;
  for (const definition of [...fragments, ...operations]) {
    const cost = costOf(definition);
    const problem = costProblem(cost, limits);
    if (problem) return problem;
    if (definition.kind === Kind.OPERATION_DEFINITION) once += cost.once;
  }
  return once > 1
    ? `A document may hold one of ${[...limits.once].join(', ')}, and this one holds ${count(once)}.`
    : undefined;
}

function costProblem(cost: Readonly<Cost>, limits: DocumentLimits): string | undefined {
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
function costOfDefinitions(fragments: readonly FragmentDefinitionNode[], { maxDepth, once }: DocumentLimits) {
  const named = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  const counted = new Map<string, Readonly<Cost>>();

  function ofSpread(name: string): Readonly<Cost> {
    const known = counted.get(name);
    if (known) return known;
    counted.set(name, bottomless);
    const fragment = named.get(name);
    const cost = fragment ? ofDefinition(fragment) : nothing;
    counted.set(name, cost);
    return cost;
  }

  function ofDefinition(definition: Definition): Readonly<Cost> {
    const total = { ...nothing };
    for (const node of [definition, ...(definition.variableDefinitions ?? [])])
      total.directives += directivesOn(node);
    add(total, ofSelections(definition.selectionSet, 1), 0);
    return total;
  }

  /** Inline fragments are laid out in place, without recursion; fields recurse as deep as the limit, no deeper. */
  function ofSelections(set: SelectionSetNode, level: number): Readonly<Cost> {
    if (level > maxDepth) return bottomless;
    const total = { ...nothing };
    const selections: SelectionNode[] = [...set.selections];
    for (const selection of selections) {
      total.directives += directivesOn(selection);
      if (selection.kind === Kind.FIELD) addField(total, selection, level);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) add(total, ofSpread(selection.name.value), 0);
      else for (const inner of selection.selectionSet.selections) selections.push(inner);
    }
    return total;
  }

  function addField(total: Cost, { name, alias, selectionSet }: FieldNode, level: number): void {
    total.fields += 1;
    if (once.has(name.value)) total.once += 1;
    if (alias) {
      total.aliases += 1;
      total.aliasLength = Math.max(total.aliasLength, alias.value.length);
    }
    add(total, selectionSet ? ofSelections(selectionSet, level + 1) : nothing, 1);
  }

  return (definition: Definition): Readonly<Cost> =>
    definition.kind === Kind.FRAGMENT_DEFINITION ? ofSpread(definition.name.value) : ofDefinition(definition);
}

const directivesOn = (node: { readonly directives?: readonly unknown[] }): number =>
  node.directives?.length ?? 0;
