// The log: one JSON line each, and a last wall that keeps keys, secrets, and tokens out of every line.

import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

// Our own secrets, what follows an authorization scheme, and JWTs. Anybody may send what they look through, so each reads
// a run of characters a bounded number of times: a JWT is looked for from the beginning of its run alone.
const secretPatterns = [
  /lk_(?:key|sec|ses)_[0-9A-Za-z_]+/g,
  /\b(?:Bearer|Basic) +(?=[\w.~+/=-]*[0-9A-Z])[\w.~+/=-]{16,}/g,
];
const jwtPattern = /(?<![\w-])(?=[\w-]*\beyJ[\w-])[\w-]+(?:\.[\w-]*){2,}/g;

/** The text with everything that looks like a key, secret, or token taken out. */
export function withoutSecrets(text: string): string {
  // Looking for a JWT takes ten times as long as for the others, and hardly a line has what each begins with.
  const patterns = text.includes('eyJ') ? [jwtPattern, ...secretPatterns] : secretPatterns;
  return patterns.reduce((clean, pattern) => clean.replace(pattern, '[redacted]'), text);
}

const deepestCause = 5;

/** Postgres errors carry rows in `detail` and `where`; of an error only name, code, message, and stack are logged. */
function describe(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : `a thrown ${typeof error}`;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const ends = error.cause === undefined || depth === deepestCause;
  const cause = ends ? undefined : describe(error.cause, depth + 1);
  return { type: error.name, code, constraint, message: error.message, stack: error.stack, cause };
}

/** The lines of one millisecond share its text, which takes as long to make as the rest of a line. */
function timestamps(): () => string {
  let at = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

/** @param destination where lines go; standard output when absent. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: undefined,
    timestamp: timestamps(),
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown) => describe(error) },
    hooks: { streamWrite: withoutSecrets },
  };
  return destination ? pino(options, destination) : pino(options);
}
