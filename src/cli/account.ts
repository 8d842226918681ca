// latchkey account create: a person or a service account, from the server's command line.

import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { createAccount } from '../auth/accounts.ts';
import { createAuth } from '../auth/auth.ts';
import { makePassword } from '../auth/passwords.ts';
import { CommandError, type CommandLine, organizationFor, showOnce, withDatabase } from './command-line.ts';

interface Options {
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
    .action((options: Options) => run(line, options));
  return new Command('account').description('Work with accounts.').addCommand(create);
}

async function run(line: CommandLine, options: Options): Promise<void> {
  const person = options.kind === 'person';
  const given = options.passwordStdin ? (await text(line.stdin)).replace(/\r?\n$/, '') : undefined;
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
    if (!outcome.value)
      throw new CommandError(
        outcome.userErrors.map(({ message, field }) => `${message} ${hintOf(field)}`).join(' '),
      );
  });
}

const hintOf = (field: readonly string[]) =>
  field.at(-1) === 'password' ? 'Check what --password-stdin reads.' : `Check --${field.at(-1)}.`;
