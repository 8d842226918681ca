// Text from outside that goes into a query: bounded, and without what Postgres refuses (NUL) or alters (lone
// surrogates). The second is refused for a whole request, so that no field can forget it, and so are numbers that
// reading the JSON has rounded.

import { type DocumentNode, Kind, visit } from 'graphql';
import { AppError } from '../errors.ts';

const longest = 200;
/** Levels of variables: no input type of the schema comes near. */
const deepest = 20;

/** @throws AppError BAD_USER_INPUT for free text that is too long. */
export function safeText(text: string, field: string): string {
  if (text.length <= longest) return text;
  throw new AppError('BAD_USER_INPUT', {
    sentence: `Give ${field} as text of at most ${longest} characters.`,
  });
}

/** Ids of the product have up to 20 digits: as a number, such an id has become another one before it gets here. */
const isExact = (number: number) => !Number.isInteger(number) || Number.isSafeInteger(number);

const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0');

/** What is wrong with a request's variables whatever their types, as a sentence that says where; or undefined. */
export function variableProblem(value: unknown, place = 'variables', depth = 0): string | undefined {
  if (depth > deepest) return `The variables are nested more than ${deepest} levels deep. Send them flatter.`;
  if (typeof value === 'string') return isStorable(value) ? undefined : unstorable(place);
  if (typeof value === 'number') return isExact(value) ? undefined : rounded(place);
  if (value === null || typeof value !== 'object') return undefined;
  for (const [name, inside] of Object.entries(value)) {
    const problem = variableProblem(inside, /^\w{1,40}$/.test(name) ? `${place}.${name}` : place, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}

/** The same for the literals of a document. */
export function literalTextProblem(document: DocumentNode): string | undefined {
  let problem: string | undefined;
  visit(document, {
    [Kind.STRING]: ({ value, loc }) => {
      if (!isStorable(value)) problem ??= unstorable(`The text in line ${loc?.startToken.line ?? 1}`);
    },
  });
  return problem;
}

const rounded = (place: string) =>
  `${place} is a number beyond 2^53, which JSON does not carry exactly. Send ids as strings.`;

const unstorable = (place: string) => `${place} has a NUL character or half a surrogate pair. Remove it.`;
