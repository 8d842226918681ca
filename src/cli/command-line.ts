// What every command is given and how it fails: streams and environment come in, so that tests own them.

import type { Readable, Writable } from 'node:stream';
import { type Config, loadConfig } from '../config.ts';
import { type OpenDatabase, openDatabase } from '../db/database.ts';

export interface CommandLine {
  env: Record<string, string | undefined>;
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
}

/** A failure to be told to the person at the terminal as one sentence, without a stack trace; exit status 1. */
export class CommandError extends Error {}

/**
 * Runs `work` with the settings and an open database that has every migration, and closes the database whatever
 * happens.
 * @param purpose what this process does with the database, as in "latchkey import": told to whoever is refused the
 *   embedded database's folder meanwhile.
 */
export async function withDatabase<Result>(
  line: CommandLine,
  purpose: string,
  work: (open: OpenDatabase, config: Config) => Promise<Result>,
): Promise<Result> {
  const config = loadConfig(line.env);
  const open = await openDatabase({ ...config, purpose });
  try {
    return await work(open, config);
  } finally {
    await open.close();
  }
}
