// latchkey keys: the keys that sign access tokens.

import { Command } from 'commander';
import { rotateSigningKey } from '../auth/signing-keys.ts';
import { holdStartLock } from '../db/server-state.ts';
import { listSigningKeys } from '../db/signing-keys.ts';
import { type CommandLine, printTo, withDatabase } from './command-line.ts';

export function keysCommand(line: CommandLine): Command {
  const rotate = new Command('rotate')
    .description(
      'Publish a new signing key now; it signs once every reader knows it, and no good token is refused.',
    )
    .action(() => rotateKeys(line));
  const list = new Command('list')
    .description('Show the signing keys and what each does at this moment.')
    .action(() => listKeys(line));
  return new Command('keys').description('Work with signing keys.').addCommand(rotate).addCommand(list);
}

async function rotateKeys(line: CommandLine): Promise<void> {
  await withDatabase(line, 'latchkey keys rotate', async ({ db, keys }, config) => {
    const rotation = await db.transaction().execute(async (tx) => {
      await holdStartLock(tx);
      return rotateSigningKey(tx, keys, config.signingAlgorithm, new Date());
    });
    const told = rotation
      ? `Published ${rotation.kid}. It signs from ${rotation.signsFrom.toISOString()}; tokens of the keys before it ` +
        `are accepted until ${rotation.othersAcceptedUntil.toISOString()}.`
      : 'A published key has yet to begin signing, so there is nothing to do. See `latchkey keys list`.';
    await printTo(line.stdout, told);
  });
}

async function listKeys(line: CommandLine): Promise<void> {
  await withDatabase(line, 'latchkey keys list', async ({ db }) => {
    const stored = await listSigningKeys(db);
    if (stored.length === 0)
      await printTo(line.stdout, 'There is no signing key yet: the first start makes one.');
    const now = new Date().toISOString();
    const signing = stored.filter((key) => key.signs_from <= now && isAccepted(key, now)).at(-1);
    for (const key of stored) {
      const state = !isAccepted(key, now)
        ? 'retired'
        : key.signs_from > now
          ? 'published'
          : key === signing
            ? 'signing'
            : 'accepted';
      await printTo(
        line.stdout,
        [state.padEnd(9), key.algorithm, key.kid, `since ${key.signs_from}`].join('  '),
      );
    }
  });
}

const isAccepted = (key: { accepted_until: string | null }, now: string) =>
  key.accepted_until === null || key.accepted_until > now;
