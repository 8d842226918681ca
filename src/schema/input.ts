// Text from outside that goes into a query: bounded, and without what Postgres refuses (NUL) or alters (lone
// surrogates). The second is refused for a whole request, so that no field can forget it.

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

const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0');

/** What is wrong with the text in a request's variables, as a sentence that says where; undefined when nothing is. */
export function variableTextProblem(value: unknown, place = 'variables', depth = 0): string | undefined {
  if (depth > deepest) return `The variables are nested more than ${deepest} levels deep. Send them flatter.`;
  if (typeof value === 'string') return isStorable(value) ? undefined : unstorable(place);
  if (value === null || typeof value !== 'object') return undefined;
  for (const [name, inside] of Object.entries(value)) {
    const problem = variableTextProblem(
      inside,
      /^\w{1,40}$/.test(name) ? `${place}.${name}` : place,
      depth + 1,
    );
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

const unstorable = (place: string) => `${place} has a NUL character or half a surrogate pair. Remove it.`;
