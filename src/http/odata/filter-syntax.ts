// The form of $filter: OData's comparisons and logic, from text to a tree. What the fields and values of the tree mean is
// not known here; it only says where each of them stands.

import type { Comparison } from '../../db/data/condition.ts';
import type { AppError } from '../../errors.ts';
import { SyntaxError as ParserError, parse } from './filter-parser.ts';
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
  | { kind: 'compare'; operand: Operand; operator: Comparison; right: Operand }
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
  try {
    return parse(text, {}) as FilterTree;
  } catch (error) {
    throw error instanceof ParserError ? problemOf(text, error as unknown as Mistake) : error;
  }
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

/** What is left is as much as one statement should hold. */
function refuseManyParts(text: string): void {
  const unquoted = text.replaceAll(/'[^']*'/g, (quoted) => '_'.repeat(quoted.length));
  for (const { before, most, what } of bounded) {
    const excess = [...unquoted.matchAll(before)][most];
    if (excess === undefined) continue;
    throw wrongAt('$filter', text, excess.index + excess[0].length, `there are more than ${what}`);
  }
}

/** What a parser made by Peggy says of the place up to which a text has the right form. */
interface Mistake {
  location: { start: { offset: number } };
  expected: ({ type: 'end' } | { type: 'literal'; text: string } | { type: 'other'; description: string })[];
}

function problemOf(text: string, { location, expected }: Mistake): AppError {
  const at = location.start.offset;
  const wrong = (what: string) => wrongAt('$filter', text, at, what);
  const names = new Set(expected.map(nameOf));
  if (text[at] === "'" && names.has('a value')) return wrong('the text that begins here has no end');
  if (text[at] === '(' && /\w/.test(text[at - 1] ?? '')) return wrong('functions are not supported');
  if (/^\d\d:\d\d/.test(text.slice(at))) return wrong('write a + in the offset of a time as %2B');
  return wrong(`expected ${listed([...names])}`);
}

function nameOf(one: Mistake['expected'][number]): string {
  if (one.type === 'end') return 'the end';
  return one.type === 'literal' ? `"${one.text}"` : one.description;
}

/** What is likeliest to have been left out comes first. */
const order = ['the end', '")"', 'a field', 'a value'];
const placeOf = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
const alternatives = new Intl.ListFormat('en', { type: 'disjunction' });

const listed = (names: readonly string[]): string =>
  alternatives.format([...names].sort((a, b) => placeOf(a) - placeOf(b)));
