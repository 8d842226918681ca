// Passwords are checked alike whether there is somebody to whom they belong or not.

import { expect, test } from 'vitest';
import { createPasswordHasher, type PasswordWork, workHere } from '../../src/auth/passwords.ts';

const password = 'correct horse battery staple';

test('an account without a password is checked, and refused, where nothing can be hashed', async () => {
  const work: PasswordWork = { ...workHere, hash: () => Promise.reject(new Error('no memory left')) };
  const hasher = createPasswordHasher(work);
  for (let i = 0; i < 2; i++) expect(await hasher.verify(password, undefined)).toBe(false);
});

test('a check for nobody is the work of a check for somebody', async () => {
  const checkedAgainst: string[] = [];
  const hasher = createPasswordHasher({
    ...workHere,
    verify: (tried, hash) => {
      checkedAgainst.push(hash);
      return workHere.verify(tried, hash);
    },
  });
  await hasher.verify(password, await hasher.hash(password));
  await hasher.verify(password, undefined);
  const [somebody = '', nobody = ''] = checkedAgainst;
  const parametersOf = (hash: string) => hash.split('$').slice(0, 4);
  expect(parametersOf(nobody)).toEqual(parametersOf(somebody));
  expect(nobody).toHaveLength(somebody.length);
});
