// What every command is given and how it fails: streams and environment come in, so that tests own them.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { checkMasterKey } from '../auth/first-start.ts';
import { masterKeyBesideData, type Tell } from '../auth/master-key.ts';
import { deriveServerKeys, type ServerKeys } from '../auth/server-keys.ts';
import { type Config, loadConfig } from '../config.ts';
import { type OpenDatabase, type OpenDatabaseOptions, openDatabase } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import {
  findOrganizationBySlug,
  findSoleOrganization,
  listOrganizations,
  type Organization,
} from '../db/organizations.ts';
import type { Database } from '../db/tables.ts';

export interface CommandLine {
  env: Record<string, string | undefined>;
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
}

/** A failure to be told to the person at the terminal as one sentence, without a stack trace; exit status 1. */
export class CommandError extends Error {}

export interface House extends OpenDatabase {
  config: Config;
  keys: ServerKeys;
}

export interface OpenHouse extends House {
  /** Migrations that opening applied. */
  applied: readonly string[];
}

export interface Entrance {
  /**
   * What this process does with the database, as in "latchkey import": told to whoever is refused the embedded database's
   * folder meanwhile.
   */
  purpose: string;
  /** For sentences to whoever looks after the server. */
  tell: Tell;
  onStatement?: OpenDatabaseOptions['onStatement'];
}

/**
 * Opens the database and derives the server's keys. PostgreSQL is not asked anything yet.
 * @throws ConfigError, DatabaseInUseError, MasterKeyFileError, CommandError for a folder that cannot be written: sentences
 *   for the terminal.
 */
export async function enterHouse(config: Config, { purpose, tell, onStatement }: Entrance): Promise<House> {
  try {
    const masterKey =
      config.masterKey ?? (await masterKeyBesideData(config.dataDirectory, hasDatabase(config), tell));
    const keys = deriveServerKeys(masterKey, config.acceptedMasterKeys);
    return { ...(await openDatabase({ ...config, purpose, onStatement })), config, keys };
  } catch (error) {
    throw isFolderProblem(error) ? unusableFolder(config.dataDirectory, error) : error;
  }
}

/** Of the file system: not permitted, read-only, a file in the way, a link that leads nowhere. */
const folderProblems = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ELOOP']);

const isFolderProblem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'path' in error && folderProblems.has(String((error as { code?: unknown }).code));

const unusableFolder = (folder: string, { code }: NodeJS.ErrnoException) =>
  new CommandError(
    `The data folder ${folder} cannot be written (${code}). Give it to the user that Latchkey runs as, or name another one with LATCHKEY_DATA_DIR.`,
  );

/**
 * Applies the migrations that lack, and compares the master key.
 * @returns the migrations that this call applied.
 * @throws SchemaTooNewError, ServerTooOldError, WrongMasterKeyError: sentences for the terminal.
 */
export async function bringUpToDate({ db, keys }: Pick<House, 'db' | 'keys'>): Promise<string[]> {
  const applied = await migrate(db);
  await checkMasterKey(db, keys);
  return applied;
}

const hasDatabase = (config: Config) => existsSync(join(config.dataDirectory, 'pg'));

/** Runs `work` in the house, its database brought up to date, and closes the database whatever happens. */
export async function withDatabase<Result>(
  line: CommandLine,
  purpose: string,
  work: (house: OpenHouse, config: Config) => Promise<Result>,
): Promise<Result> {
  const config = loadConfig(line.env);
  const house = await enterHouse(config, { purpose, tell: (sentence) => printTo(line.stderr, sentence) });
  try {
    return await work({ ...house, applied: await bringUpToDate(house) }, config);
  } finally {
    await house.close();
  }
}

/** The organisation of this slug, or the only one there is. @throws CommandError when that does not settle it. */
export async function organizationFor(db: Database, slug: string | undefined): Promise<Organization> {
  const found = slug === undefined ? await findSoleOrganization(db) : await findOrganizationBySlug(db, slug);
  if (found) return found;
  if (slug !== undefined) throw new CommandError(`There is no organisation "${slug}". Check --organization.`);
  const slugs = (await listOrganizations(db)).map((organization) => organization.slug);
  if (slugs.length === 0) throw new CommandError(noOrganizationYet);
  const told = [...slugs.slice(0, mostSlugs), ...(slugs.length > mostSlugs ? ['…'] : [])].join(', ');
  throw new CommandError(`There are several organisations. Name one with --organization <slug>: ${told}.`);
}

const mostSlugs = 20;
export const noOrganizationYet =
  'There is no organisation yet. Start the server once: the first start makes one.';

/** Characters that a terminal obeys or does not show stand for themselves as `\u001b` does; lines stay lines. */
export const legible = (text: string): string =>
  text.replace(/[^\P{C}\n]/gu, (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);

/**
 * What is told may name a file, or quote the database: none of it steers the terminal.
 * @throws CommandError when it cannot be written, as to a pipe whose reader is gone or to a full disk.
 */
export const printTo = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const failed = ({ code }: NodeJS.ErrnoException) =>
      reject(new CommandError(`The output cannot be written (${code}). Check where it goes.`));
    // The stream tells of a failure by its event as well, which would end the process if nobody listened.
    stream.once('error', failed);
    stream.write(`${legible(text)}\n`, (error) => {
      if (error) return failed(error);
      stream.off('error', failed);
      resolve();
    });
  });

/**
 * Prints what is never shown again. Call it in the transaction that makes it: what cannot be shown is then not kept.
 * @throws CommandError
 */
export async function showOnce(stream: Writable, lines: readonly string[]): Promise<void> {
  await printTo(stream, lines.join('\n')).catch((error: CommandError) => {
    throw new CommandError(`${error.message} Nothing was changed.`);
  });
}
