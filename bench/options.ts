// What a run is told on the command line.

import { parseArgs } from 'node:util';

export interface Options {
  /** Names of cases; empty: all of them. */
  cases: string[];
  /** Interactions in the database, at least. */
  rows: number;
  rounds: number;
  /** How long one contestant is under load in one round. */
  seconds: number;
  /** Credentials that the case `revocation` takes away. */
  trials: number;
  /** Where the table goes. */
  output: string;
}

export const usage = `Usage: npm run bench -- [case…] [options]

  --rows <number>     interactions in the database, at least (default 1000000)
  --rounds <number>   rounds in which everybody takes a turn (default 5)
  --seconds <number>  of load for each in each round (default 4)
  --trials <number>   of \`revocation\` (default 10000)
  --output <file>     where the table goes (default bench/RESULTS.md)
  --help`;

/** @returns undefined when help is asked for. @throws TypeError for what it does not understand. */
export function readOptions(args: readonly string[], output: string): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rows: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      trials: { type: 'string', default: '10000' },
      output: { type: 'string', default: output },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: 'rows' | 'rounds' | 'seconds' | 'trials') => {
    if (/^[1-9]\d{0,8}$/.test(values[name])) return Number(values[name]);
    throw new TypeError(`--${name} should be a whole number from 1.`);
  };
  return {
    cases: positionals,
    rows: number('rows'),
    rounds: number('rounds'),
    seconds: number('seconds'),
    trials: number('trials'),
    output: values.output,
  };
}
