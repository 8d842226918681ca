// The master key: from the settings, or, with the embedded database, kept beside the data with mode 0600.

import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The master key file cannot be used; the message is for the person at the terminal. */
export class MasterKeyFileError extends Error {}

/**
 * Reads `master.key` in the data directory, or makes it when there is no database there yet.
 * @param databaseExists whether the directory holds a database: then a missing key is refused, since a new one would
 *   open nothing.
 */
export async function masterKeyBesideData(dataDirectory: string, databaseExists: boolean): Promise<Buffer> {
  const path = join(dataDirectory, 'master.key');
  const found = await readKey(path);
  if (found) return found;
  if (databaseExists) {
    throw new MasterKeyFileError(
      `${path} is missing, and the database beside it was set up with it. Put the file back from your backup, or give the key in LATCHKEY_MASTER_KEY.`,
    );
  }
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  await writeOnce(path, `${randomBytes(32).toString('base64')}\n`);
  return (await readKey(path)) as Buffer;
}

async function readKey(path: string): Promise<Buffer | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
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

// Complete or not there at all, whenever the process is killed; the first of two at once wins.
async function writeOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(draft, 0o600);
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
}
