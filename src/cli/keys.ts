// latchkey keys: the keys that sign access tokens.

import { Command } from 'commander';
import { endCompromisedKeys, rotateSigningKey, signingKeyStates } from '../auth/key-rotation.ts';
import { jwksMaxAgeSeconds } from '../auth/signing-keys.ts';
import { holdStartLock } from '../db/server-state.ts';
import { listSigningKeys, type SigningKeyTimes } from '../db/signing-keys.ts';
import { inTransaction } from '../db/transaction.ts';
import { CommandError, type CommandLine, printTo, withDatabase } from './command-line.ts';

interface RotateOptions {
  /** True without an id. */
  compromised?: string | true;
}

export function keysCommand(line: CommandLine): Command {
  const rotate = new Command('rotate')
    .description(
      'Publish a new signing key now; it signs once every reader knows it, and no good token is refused.',
    )
    .option(
      '--compromised [kid]',
      'a key leaked: refuse its tokens from this moment on (without an id: the tokens of every key)',
    )
    .action(({ compromised }: RotateOptions) =>
      compromised === undefined
        ? rotateKeys(line)
        : endKeys(line, compromised === true ? undefined : compromised),
    );
  const list = new Command('list')
    .description('Show the signing keys and what each does at this moment.')
    .action(() => listKeys(line));
  return new Command('keys').description('Work with signing keys.').addCommand(rotate).addCommand(list);
}

const noKeyYet = 'There is no signing key yet: the first start makes one.';

async function rotateKeys(line: CommandLine): Promise<void> {
  await withDatabase(line, 'latchkey keys rotate', async ({ db, keys }, config) => {
    const rotation = await inTransaction(db, async (tx) => {
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

async function endKeys(line: CommandLine, kid: string | undefined): Promise<void> {
  await withDatabase(line, 'latchkey keys rotate', async ({ db, keys }, config) => {
    const { ended, signer } = await inTransaction(db, async (tx) => {
      await holdStartLock(tx);
      const stored = await listSigningKeys(tx);
      if (kid !== undefined && !stored.some((key) => key.kid === kid))
        throw new CommandError('There is no signing key of this id. See `latchkey keys list`.');
      const given = { algorithm: config.signingAlgorithm, kid };
      const outcome = await endCompromisedKeys(tx, keys, given, new Date());
      if (outcome.ended.length === 0) throw new CommandError(noKeyYet);
      return outcome;
    });
    const goesOn = signer ? `${signer} signs from now on.` : 'The key that signs goes on.';
    await printTo(
      line.stdout,
      `Ended ${ended.join(', ')}: no instance accepts a token of it any more. ${goesOn}\n` +
        `Others who verify tokens with the JWKS may have a copy that is up to ${jwksMaxAgeSeconds} seconds old.`,
    );
  });
}

async function listKeys(line: CommandLine): Promise<void> {
  await withDatabase(line, 'latchkey keys list', async ({ db }) => {
    const stored = await listSigningKeys(db);
    if (stored.length === 0) await printTo(line.stdout, noKeyYet);
    for (const { key, state } of signingKeyStates(stored, new Date()))
      await printTo(line.stdout, [state.padEnd(11), key.algorithm, key.kid, ...times(key)].join('  '));
  });
}

const times = (key: SigningKeyTimes): string[] => [
  `made ${key.created_at}`,
  `signs from ${key.signs_from}`,
  ...(key.compromised_at === null
    ? [key.accepted_until === null ? 'accepted without end' : `accepted until ${key.accepted_until}`]
    : [`compromised ${key.compromised_at}`]),
];
