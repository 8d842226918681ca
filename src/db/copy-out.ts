// COPY … TO as a statement like any other, on both engines: `copy (select …) to ${target} (format binary)`. The least
// that reading many rows can cost, at the price that Postgres takes no parameters for it.

import pg from 'pg';

/** A parameter of a statement, to which its rows are copied as they come. */
export class CopyTarget {
  /** Takes one row or several, whole; what it is shown is overwritten afterwards. */
  readonly take: (rows: Buffer) => void;

  constructor(take: CopyTarget['take']) {
    this.take = take;
  }
}

export const targetOf = (parameters: readonly unknown[]): CopyTarget | undefined =>
  parameters.find((parameter) => parameter instanceof CopyTarget);

/** What may be a literal, a quoted name, or a placeholder; the first two may hold what looks like the third. */
const lexemes = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)/g;

/**
 * The statement with its parameters as literals. Postgres finds the type of a literal as it does that of a parameter.
 * @param place what the engine calls the place that rows are copied to
 * @throws TypeError for what is neither null, nor a boolean, nor text without NUL, nor a list of those
 */
export function withLiterals(text: string, parameters: readonly unknown[], place: string): string {
  const literal = (value: unknown): string => {
    if (value instanceof CopyTarget) return place;
    if (Array.isArray(value)) return `array[${value.map(literal).join(', ')}]`;
    if (value === null) return 'null';
    if (typeof value === 'boolean') return `'${value}'`;
    if (typeof value === 'string' && !value.includes('\0')) return pg.escapeLiteral(value);
    throw new TypeError(
      'A statement that copies takes null, booleans, texts without NUL, and lists of those.',
    );
  };
  return text.replace(lexemes, (lexeme, number?: string) =>
    number === undefined ? lexeme : literal(parameters[Number(number) - 1]),
  );
}
