// latchkey account: a person or a service account is made, or a person gets a new password, from the server's command line.

import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { createAccount } from '../auth/accounts.ts';
import { createAuth } from '../auth/auth.ts';
import type { Outcome } from '../auth/outcome.ts';
import { resetPassword } from '../auth/password-changes.ts';
import { makePassword } from '../auth/passwords.ts';
import type { Account } from '../db/tables.ts';
import { CommandError, type CommandLine, organizationFor, showOnce, withDatabase } from './command-line.ts';

interface CreateOptions {
  name: string;
  kind: 'person' | 'service-account';
  role: 'super-admin' | 'member';
  email?: string;
  passwordStdin?: true;
  organization?: string;
}

export function accountCommand(line: CommandLine): Command {
  const create = new Command('create')
    .description('Create a person, who can sign in, or a service account, which owns credentials.')
    .requiredOption('--name <name>', 'as shown in the console')
    .addOption(new Option('--kind <kind>').choices(['person', 'service-account']).default('person'))
    .addOption(new Option('--role <role>').choices(['super-admin', 'member']).default('member'))
    .option('--email <address>', 'people only: with what the person signs in')
    .option(
      '--password-stdin',
      'read the password from standard input; otherwise one is made and printed once',
    )
    .option('--organization <slug>', 'needed when there are several')
    .action((options: CreateOptions) => runCreate(line, options));
  const reset = new Command('reset-password')
    .description("Give a person a new password. The account's sessions end; its credentials stay.")
    .requiredOption('--email <address>', 'with what the person signs in')
    .option(
      '--password-stdin',
      'read the password from standard input; otherwise one is made and printed once',
    )
    .option('--organization <slug>', 'needed when there are several')
    .action((options: ResetOptions) => runReset(line, options));
  return new Command('account').description('Work with accounts.').addCommand(create).addCommand(reset);
}

type ResetOptions = Pick<CreateOptions, 'passwordStdin' | 'organization'> & { email: string };

async function runCreate(line: CommandLine, options: CreateOptions): Promise<void> {
  const person = options.kind === 'person';
  const given = await passwordGiven(line, options);
  const password = person ? (given ?? makePassword()) : given;
  await withDatabase(line, 'latchkey account create', async ({ db, keys }, config) => {
    const organization = await organizationFor(db, options.organization);
    const auth = createAuth({ db, keys, now: () => new Date(), issuer: config.publicUrl });
    const outcome = await createAccount(
      auth,
      { organizationId: organization.id, actor: { kind: 'COMMAND_LINE' } },
      {
        kind: person ? 'PERSON' : 'SERVICE_ACCOUNT',
        name: options.name,
        email: options.email,
        password,
        role: options.role === 'super-admin' ? 'SUPER_ADMIN' : 'MEMBER',
        announce: ({ id }) =>
          showOnce(line.stdout, [
            `Created ${id} in ${organization.slug}.`,
            ...(person && given === undefined ? [`Password, shown this once: ${password}`] : []),
          ]),
      },
    );
    accountOf(outcome);
  });
}

async function runReset(line: CommandLine, options: ResetOptions): Promise<void> {
  const given = await passwordGiven(line, options);
  const password = given ?? makePassword();
  await withDatabase(line, 'latchkey account reset-password', async ({ db, keys }, config) => {
    const organization = await organizationFor(db, options.organization);
    const auth = createAuth({ db, keys, now: () => new Date(), issuer: config.publicUrl });
    const by = { organizationId: organization.id, actor: { kind: 'COMMAND_LINE' } } as const;
    const outcome = await resetPassword(auth, by, options.email, password, ({ id }) =>
      showOnce(line.stdout, [
        `Changed the password of ${id} in ${organization.slug}. Its sessions have ended.`,
        ...(given === undefined ? [`Password, shown this once: ${password}`] : []),
      ]),
    );
    accountOf(outcome);
  });
}

/** What standard input has, when it is to be read. */
const passwordGiven = async (line: CommandLine, { passwordStdin }: Pick<CreateOptions, 'passwordStdin'>) =>
  passwordStdin ? (await text(line.stdin)).replace(/\r?\n$/, '') : undefined;

/** @throws CommandError for what is wrong with the input */
function accountOf({ value, userErrors }: Outcome<Account>): Account {
  if (userErrors)
    throw new CommandError(userErrors.map(({ message, field }) => `${message} ${hintOf(field)}`).join(' '));
  return value;
}

const hintOf = (field: readonly string[]) =>
  /password/i.test(field.at(-1) ?? '') ? 'Check what --password-stdin reads.' : `Check --${field.at(-1)}.`;
