// latchkey organization: the tenants of the deployment, one more of them, and one that is suspended or resumed.

import { Command } from 'commander';
import { createOrganization } from '../auth/first-start.ts';
import { checkEmail, checkName } from '../auth/names.ts';
import { setOrganizationStatus } from '../auth/organizations.ts';
import { makePassword } from '../auth/passwords.ts';
import { findOrganizationBySlug, listOrganizations, type OrganizationStatus } from '../db/organizations.ts';
import {
  CommandError,
  type CommandLine,
  noOrganizationYet,
  printTo,
  showOnce,
  withDatabase,
} from './command-line.ts';

export function organizationCommand(line: CommandLine): Command {
  const create = new Command('create')
    .description('Create an organisation with its first Super Admin, whose password is printed once.')
    .requiredOption('--name <name>', 'as shown in the console')
    .requiredOption('--admin-email <address>', 'with what its first Super Admin signs in')
    .action((options: { name: string; adminEmail: string }) => run(line, options));
  const list = new Command('list')
    .description('Show the organisations: slug, status, id, and name.')
    .action(() => listAll(line));
  const suspend = new Command('suspend')
    .description(
      'Stop every key, secret, token, and session of an organisation, on every instance, until it is resumed.',
    )
    .argument('<slug>', 'as `latchkey organization list` shows it')
    .action((slug: string) => setStatus(line, slug, 'SUSPENDED'));
  const resume = new Command('resume')
    .description('Let work again what was live when the organisation was suspended.')
    .argument('<slug>', 'as `latchkey organization list` shows it')
    .action((slug: string) => setStatus(line, slug, 'ACTIVE'));
  const organization = new Command('organization').description('Work with organisations.');
  for (const command of [create, list, suspend, resume]) organization.addCommand(command);
  return organization;
}

async function listAll(line: CommandLine): Promise<void> {
  await withDatabase(line, 'latchkey organization list', async ({ db }) => {
    const organizations = await listOrganizations(db);
    if (organizations.length === 0) await printTo(line.stdout, noOrganizationYet);
    for (const { slug, status, id, name } of organizations)
      await printTo(line.stdout, [slug, status.toLowerCase(), id, name].join('  '));
  });
}

async function setStatus(line: CommandLine, slug: string, status: OrganizationStatus): Promise<void> {
  const [verb, state, effect] = changes[status];
  await withDatabase(line, `latchkey organization ${verb}`, async ({ db }) => {
    const organization = await findOrganizationBySlug(db, slug);
    if (!organization)
      throw new CommandError(`There is no organisation "${slug}". See \`latchkey organization list\`.`);
    const changed = await setOrganizationStatus(db, organization, status, new Date());
    await printTo(line.stdout, changed ? effect(slug) : `${slug} is ${state} already.`);
  });
}

const changes = {
  SUSPENDED: [
    'suspend',
    'suspended',
    (slug: string) => `Suspended ${slug}: from the next request on, nothing of it works on any instance.`,
  ],
  ACTIVE: ['resume', 'active', (slug: string) => `Resumed ${slug}: what was live before works again.`],
} as const;

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
