// The master key beside the data: made once, complete, for its owner alone, and in one copy.

import { randomBytes } from 'node:crypto';
import { link, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { MasterKeyFileError, masterKeyBesideData } from '../../src/auth/master-key.ts';
import { cleanUp, temporaryFolder } from '../support/server-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterAll(cleanUp);

const untold = () => Promise.resolve();
const draft = () => join(folder, `master.key.${randomBytes(6).toString('hex')}`);

test('many starts at once agree on one key, which its owner alone may read', async () => {
  const made = await Promise.all(
    Array.from({ length: 20 }, () => masterKeyBesideData(folder, false, untold)),
  );
  expect(new Set(made.map((key) => key.toString('hex'))).size).toBe(1);
  expect(await readdir(folder)).toEqual(['master.key']);
  expect((await stat(join(folder, 'master.key'))).mode & 0o777).toBe(0o600);
});

test('the copy that a start left which was killed is gone after the next, and nothing else is', async () => {
  const key = await masterKeyBesideData(folder, false, untold);
  await link(join(folder, 'master.key'), draft());
  await writeFile(draft(), 'half');
  await writeFile(join(folder, 'master.key.bak'), 'of the person who runs it');
  expect(await masterKeyBesideData(folder, true, untold)).toEqual(key);
  expect((await readdir(folder)).sort()).toEqual(['master.key', 'master.key.bak']);
});

test('a database without its key is refused, and nothing is made or removed', async () => {
  const left = draft();
  await writeFile(left, 'perhaps the last copy');
  await expect(masterKeyBesideData(folder, true, untold)).rejects.toThrow(MasterKeyFileError);
  expect((await readdir(folder)).map((name) => join(folder, name))).toEqual([left]);
});
