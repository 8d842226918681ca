// The master key: from the settings, or, with the embedded database, kept beside the data with mode 0600.

import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The master key file cannot be used; the message is for the person at the terminal. */
export class MasterKeyFileError extends Error {}

export type Tell = (sentence: string) => void | Promise<void>;

/**
 * Reads `master.key` in the data directory, or makes it when there is no database there yet.
 * @param databaseExists whether the directory holds a database: then a missing key is refused, since a new one would
 *   open nothing.
 * @param tell is told, in whole sentences, when others than the owner could read the file: that ends here.
 */
export async function masterKeyBesideData(
  dataDirectory: string,
  databaseExists: boolean,
  tell: Tell,
): Promise<Buffer> {
  const path = join(dataDirectory, 'master.key');
  const found = await readKey(path, tell);
  if (found) {
    await removeDrafts(dataDirectory);
    return found;
  }
  if (databaseExists) {
    throw new MasterKeyFileError(
      `${path} is missing, and the database beside it was set up with it. Put the file back from your backup, or give the key in LATCHKEY_MASTER_KEY.`,
    );
  }
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  await writeOnce(path, `${randomBytes(32).toString('base64')}\n`);
  return (await readKey(path, tell)) as Buffer;
}

async function readKey(path: string, tell: Tell): Promise<Buffer | undefined> {
  const text = await readText(path, tell).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new MasterKeyFileError(
      `${path} cannot be read (${error.code}). Check LATCHKEY_DATA_DIR and the rights of this user.`,
    );
  });
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === 32) return key;
  throw new MasterKeyFileError(
    `${path} does not hold 32 bytes in base64. Put the right file back from your backup.`,
  );
}

async function readText(path: string, tell: Tell): Promise<string> {
  const file = await open(path, 'r');
  try {
    const opened = await closeToOthers(file);
    if (opened !== undefined) await tell(`${path} ${opened}`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Windows has other rights than these. */
const hasModes = process.platform !== 'win32';

/** What to tell of a file that others could read. One that cannot be closed to them is read all the same. */
async function closeToOthers(file: FileHandle): Promise<string | undefined> {
  const status = await file.stat();
  const mode = status.mode & 0o777;
  if (!hasModes || !status.isFile() || (mode & 0o077) === 0) return undefined;
  const was = `(its mode was ${mode.toString(8)})`;
  return file.chmod(0o600).then(
    () => `was open to others ${was}, and is its owner's alone from here on. ${ifRead}`,
    ({ code }: NodeJS.ErrnoException) =>
      `is open to others ${was}, and stays so (${code}): take it from them. ${ifRead}`,
  );
}

const ifRead = 'If somebody may have read it, replace the key as docs/runbook.md says.';

/** A process that was killed while it made the key has left a copy of it. */
async function removeDrafts(dataDirectory: string): Promise<void> {
  const names = await readdir(dataDirectory);
  const drafts = names.filter((name) => /^master\.key\.[0-9a-f]{12}$/.test(name));
  for (const draft of drafts) await rm(join(dataDirectory, draft), { force: true });
}

// Complete or not there at all, whenever the process is killed; the first of two at once wins.
async function writeOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    // Where the draft is gone, somebody else has read the key that is there, and removed what looked left over.
    if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
  });
  await rm(draft, { force: true });
}
