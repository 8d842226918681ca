// The file of rejected records that `latchkey import --rejects` makes: NDJSON, one line for each with where it stood,
// why it was rejected, and what it was. There is no file when nothing was rejected.

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { CommandError } from './command-line.ts';
import type { ImportFile } from './import-files.ts';
import type { Rejection } from './record-source.ts';

export interface Rejects {
  add(file: ImportFile, rejection: Rejection): void;
  /** What to tell of the file; undefined when there is none. */
  close(): string | undefined;
}

/**
 * A new file at this path, in place of what was there, that only its owner may read: it holds records of people.
 * @throws CommandError when it would take the place of a file that is to be imported, or of what is no file
 */
export async function rejectsAt(path: string, files: readonly ImportFile[]): Promise<Rejects> {
  const found = await Promise.all([path, ...files.map(({ name }) => name)].map(realPathOf));
  if (found[0] !== undefined && found.lastIndexOf(found[0]) > 0) {
    throw new CommandError(`${path} is to be imported: name another file for the rejected records.`);
  }
  const there = await lstat(path).catch(() => undefined);
  if (there && !there.isFile()) {
    throw new CommandError(
      `${path} is a link, a folder, or a device: name a file for the rejected records, which its owner alone may read.`,
    );
  }
  let open: number | undefined;
  let failure: string | undefined;
  const write = (line: string) => {
    open ??= openNew(path);
    writeSync(open, line);
  };
  return {
    add(file, rejection) {
      if (failure !== undefined) return;
      const line = lineOf(file, rejection);
      try {
        write(`${line}\n`);
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
      }
    },
    close() {
      if (open !== undefined) closeSync(open);
      if (failure !== undefined) return `${path} cannot be written: ${failure}.`;
      return open === undefined ? undefined : `All rejected records are in ${path}, with place and reason.`;
    },
  };
}

/** Never what is there already: it may be open to others, or lead elsewhere by the time. */
function openNew(path: string): number {
  rmSync(path, { force: true });
  return openSync(path, 'wx', 0o600);
}

/** Where nothing was asked for. */
export const noRejects: Rejects = { add: () => {}, close: () => undefined };

/** A record's own text is kept as it is: written anew, its numbers might become others. */
function lineOf(file: ImportFile, { place, problems, given }: Rejection): string {
  const about = { file: file.name, ...place, reason: problems.join('; ') };
  if (!('value' in given)) return JSON.stringify({ ...about, ...given });
  const record = given.text ?? jsonOf(given.value);
  const line = JSON.stringify(about);
  return record === undefined ? line : `${line.slice(0, -1)},"value":${record}}`;
}

/** Undefined for a value that is nested more deeply than can be written. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const realPathOf = (path: string) => realpath(path).catch(() => undefined);
