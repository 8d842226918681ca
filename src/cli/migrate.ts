// latchkey migrate: bring the database to this version's schema, ahead of a deployment.

import { Command } from 'commander';
import { type CommandLine, printTo, withDatabase } from './command-line.ts';

export function migrateCommand(line: CommandLine): Command {
  return new Command('migrate')
    .description(
      'Apply the migrations that the database lacks. Safe to run at any time, from several places at once.',
    )
    .action(() =>
      withDatabase(line, 'latchkey migrate', async ({ applied }) => {
        const told =
          applied.length > 0 ? `Applied: ${applied.join(', ')}.` : 'The database has every migration.';
        await printTo(line.stdout, told);
      }),
    );
}
