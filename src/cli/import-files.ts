// What `latchkey import` was pointed at: files, a folder of files with known names, or standard input.

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type DataResource, dataResources, resourceSlug } from '../db/data/resources.ts';
import { CommandError } from './command-line.ts';

export interface ImportFile {
  /** As the person named it. */
  name: string;
  /** What the file's name says it holds. */
  resource: DataResource | undefined;
  /** In bytes; undefined where nobody can know. */
  size: number | undefined;
  /** Its bytes. Reading on throws a CommandError where the file turns out to be unreadable. */
  open(): AsyncIterable<Uint8Array>;
}

const extensions = ['.json', '.ndjson', '.jsonl'];
const standardInputName = '-';

/**
 * The files behind the paths, in the order given; those of a folder with parents before what refers to them.
 * @throws CommandError for a path where nothing can be read, before anything is imported
 */
export async function findFiles(paths: readonly string[], stdin: Readable): Promise<ImportFile[]> {
  const found = await Promise.all(
    paths.map((path) => (path === standardInputName ? [standardInput(stdin)] : filesAt(path))),
  );
  return found.flat();
}

function standardInput(stdin: Readable): ImportFile {
  return { name: 'standard input', resource: undefined, size: undefined, open: () => stdin.map(bytesOf) };
}

const bytesOf = (chunk: Uint8Array | string): Uint8Array =>
  typeof chunk === 'string' ? Buffer.from(chunk) : chunk;

async function filesAt(path: string): Promise<ImportFile[]> {
  const status = await stat(path).catch((error: unknown) => {
    throw new CommandError(`${path} cannot be read: ${reasonOf(error)}.`);
  });
  if (!status.isDirectory()) return [fileAt(path, status.isFile() ? status.size : undefined)];
  const names = new Set(await readdir(path));
  const known = dataResources.flatMap(fileNamesOf).filter((name) => names.has(name));
  if (known.length > 0)
    return Promise.all(
      known.map(async (name) => fileAt(join(path, name), (await stat(join(path, name))).size)),
    );
  const wanted = dataResources.map((resource) => `${resourceSlug(resource)}.json`).join(', ');
  throw new CommandError(`${path} holds none of ${wanted} (or the same names ending in .ndjson or .jsonl).`);
}

function fileNamesOf(resource: DataResource): string[] {
  const names = new Set([resourceSlug(resource), resource]);
  return [...names].flatMap((name) => extensions.map((extension) => name + extension));
}

function fileAt(path: string, size: number | undefined): ImportFile {
  return { name: path, resource: resourceInName(path), size, open: () => readFrom(path) };
}

async function* readFrom(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${reasonOf(error)}.`);
  }
}

/** `interactions.json`, `plugin_calls.ndjson`, and `users-2026-01-31.json` say what they hold. */
function resourceInName(path: string): DataResource | undefined {
  const name = basename(path).toLowerCase().replaceAll('_', '-');
  return dataResources.find((resource) => {
    const slug = resourceSlug(resource);
    return name.startsWith(slug) && !/^[a-z]/.test(name.slice(slug.length));
  });
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'its permissions do not allow it',
  EISDIR: 'it is a folder',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return reasons[code] ?? error.message;
}
