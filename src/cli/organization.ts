// latchkey organization create: another tenant of the same deployment.

import { Command } from 'commander';
import { createOrganization } from '../auth/first-start.ts';
import { checkEmail, checkName } from '../auth/names.ts';
import { makePassword } from '../auth/passwords.ts';
import { CommandError, type CommandLine, showOnce, withDatabase } from './command-line.ts';

export function organizationCommand(line: CommandLine): Command {
  const create = new Command('create')
    .description('Create an organisation with its first Super Admin, whose password is printed once.')
    .requiredOption('--name <name>', 'as shown in the console')
    .requiredOption('--admin-email <address>', 'with what its first Super Admin signs in')
    .action((options: { name: string; adminEmail: string }) => run(line, options));
  return new Command('organization').description('Work with organisations.').addCommand(create);
}

async function run(
  line: CommandLine,
  { name, adminEmail }: { name: string; adminEmail: string },
): Promise<void> {
  for (const checked of [checkName(name), checkEmail(adminEmail)]) {
    if ('problem' in checked) throw new CommandError(checked.problem.message);
  }
  const password = makePassword();
  await withDatabase(line, 'latchkey organization create', async ({ db }) => {
    await db.transaction().execute(async (tx) => {
      const now = new Date();
      const { id, slug } = await createOrganization(tx, {
        organizationName: name,
        adminEmail,
        password,
        now,
      });
      await showOnce(line.stdout, [
        `Created ${slug} (${id}).`,
        `Its Super Admin ${adminEmail} signs in with, shown this once: ${password}`,
      ]);
    });
  });
}
