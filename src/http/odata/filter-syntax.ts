// The form of $filter: OData's comparisons and logic, from text to a tree. What the fields and values of the tree mean is
// not known here; it only says where each of them stands.

import { grammar as defineGrammar, type Node } from 'ohm-js';
import type { Comparison } from '../../db/data/condition.ts';
import type { AppError } from '../../errors.ts';
import { wrongAt, wrongOption } from './option-error.ts';

/** `at` is the index of its first character. A word is a value without quotes. */
export interface Operand {
  kind: 'field' | 'text' | 'word';
  text: string;
  at: number;
}

export type FilterTree =
  | { kind: 'and'; parts: FilterTree[] }
  | { kind: 'or'; parts: FilterTree[] }
  | { kind: 'not'; part: FilterTree }
  | { kind: 'compare'; left: Operand; operator: Comparison; right: Operand }
  | { kind: 'in'; operand: Operand; list: Operand[] }
  | { kind: 'flag'; operand: Operand };

const mostBytes = 4_096;
const deepest = 20;
/** `before` is what stands before each of them, and before one comparison and one value nothing does. */
const bounded = [
  { before: /\b(?:and|or)\b\s*/gi, most: 99, what: '100 comparisons' },
  { before: /\(\s*/g, most: 100, what: '100 parentheses' },
  { before: /,\s*/g, most: 199, what: '200 values' },
];

const grammar = defineGrammar(`Filter {
  Alternatives = Conjunction (or Conjunction)*
  Conjunction = Negation (and Negation)*
  Negation = not* Test
  Test
    = "(" Alternatives ")"                        -- group
    | Operand in "(" NonemptyListOf<Operand, ","> ")"  -- in
    | Operand operator Operand                    -- compare
    | Operand                                     -- flag

  Operand = value | field
  value (a value) = text | number | constant
  text = "'" ("''" | ~"'" any)* "'"
  number = ("0".."9" | "-") ("a".."z" | "A".."Z" | "0".."9" | "_" | "." | ":" | "+" | "-")*
  constant = word<caseInsensitive<"null">> | word<caseInsensitive<"true">> | word<caseInsensitive<"false">>

  field (a field) = ~keyword ("a".."z" | "A".."Z" | "_") ("a".."z" | "A".."Z" | "0".."9" | "_" | "/" | ".")*
  nameRest = "a".."z" | "A".."Z" | "0".."9" | "_"
  word<letters> = letters ~nameRest

  keyword = or | and | not | in | operator
  or (or) = word<caseInsensitive<"or">>
  and (and) = word<caseInsensitive<"and">>
  not (not) = word<caseInsensitive<"not">>
  in (in) = word<caseInsensitive<"in">>
  operator (a comparison)
    = word<caseInsensitive<"eq">> | word<caseInsensitive<"ne">> | word<caseInsensitive<"gt">>
    | word<caseInsensitive<"ge">> | word<caseInsensitive<"lt">> | word<caseInsensitive<"le">>
}`);

const semantics = grammar
  .createSemantics()
  .addOperation<FilterTree>('tree', {
    Alternatives: (first, _or, rest) => joined('or', first, rest),
    Conjunction: (first, _and, rest) => joined('and', first, rest),
    Negation: (nots, test) =>
      nots.children.length % 2 === 0 ? test.tree() : { kind: 'not', part: test.tree() },
    Test_group: (_open, inner, _close) => inner.tree(),
    Test_in: (operand, _in, _open, list, _close) => ({
      kind: 'in',
      operand: operand.operand(),
      list: list.asIteration().children.map((item) => item.operand()),
    }),
    Test_compare: (left, operator, right) => ({
      kind: 'compare',
      left: left.operand(),
      operator: operator.sourceString.toLowerCase() as Comparison,
      right: right.operand(),
    }),
    Test_flag: (operand) => ({ kind: 'flag', operand: operand.operand() }),
  })
  .addOperation<Operand>('operand', {
    text: (open, inner, _close) => ({
      kind: 'text',
      text: inner.sourceString.replaceAll("''", "'"),
      at: open.source.startIdx,
    }),
    number: (first, rest) => wordAt(first, first.sourceString + rest.sourceString),
    constant: (word) => wordAt(word, word.sourceString.toLowerCase()),
    field: (first, rest) => ({
      kind: 'field',
      text: first.sourceString + rest.sourceString,
      at: first.source.startIdx,
    }),
  });

const wordAt = (node: Node, text: string): Operand => ({ kind: 'word', text, at: node.source.startIdx });

function joined(kind: 'and' | 'or', first: Node, rest: Node): FilterTree {
  if (rest.children.length === 0) return first.tree();
  return { kind, parts: [first.tree(), ...rest.children.map((part) => part.tree())] };
}

/**
 * Parses a filter.
 * @throws AppError BAD_USER_INPUT that points at the first character that fits nothing, for a text of more than 4,096
 *   bytes, for parentheses more than 20 deep, and for more than 100 comparisons, 100 parentheses, or 200 values.
 */
export function parseFilter(text: string): FilterTree {
  if (Buffer.byteLength(text) > mostBytes) {
    throw wrongOption('$filter', `is longer than ${mostBytes} bytes. Ask for it in several requests.`);
  }
  refuseDeepNesting(text);
  refuseManyParts(text);
  const match = grammar.match(text);
  if (match.failed()) throw problemOf(text, match.getRightmostFailurePosition(), match.getExpectedText());
  return semantics(match).tree();
}

/** Before the parser, which recurses, sees it. */
function refuseDeepNesting(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "'") quoted = !quoted;
    if (quoted) continue;
    if (text[i] === '(') depth++;
    if (text[i] === ')') depth--;
    if (depth > deepest) throw wrongAt('$filter', text, i, `parentheses go at most ${deepest} deep`);
  }
}

/** Before the parser too, which four thousand bytes of small parts keep busy for longer than a request may be. */
function refuseManyParts(text: string): void {
  const unquoted = text.replaceAll(/'[^']*'/g, (quoted) => '_'.repeat(quoted.length));
  for (const { before, most, what } of bounded) {
    const excess = [...unquoted.matchAll(before)][most];
    if (excess === undefined) continue;
    throw wrongAt('$filter', text, excess.index + excess[0].length, `there are more than ${what}`);
  }
}

function problemOf(text: string, at: number, expected: string): AppError {
  const wrong = (what: string) => wrongAt('$filter', text, at, what);
  if (text[at] === "'" && expected.includes('a value')) return wrong('the text that begins here has no end');
  if (text[at] === '(' && /\w/.test(text[at - 1] ?? '')) return wrong('functions are not supported');
  if (/^\d\d:\d\d/.test(text.slice(at))) return wrong('write a + in the offset of a time as %2B');
  const named = expected.replace('a comparison', 'eq, ne, gt, ge, lt, le').replace('end of input', 'the end');
  return wrong(`expected ${named}`);
}
