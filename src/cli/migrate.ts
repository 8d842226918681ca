// latchkey migrate: bring the database to this version's schema, ahead of a deployment.

import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { openDatabase } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { type CommandLine, printTo } from './command-line.ts';

export function migrateCommand(line: CommandLine): Command {
  return new Command('migrate')
    .description(
      'Apply the migrations that the database lacks. Safe to run at any time, from several places at once.',
    )
    .action(async () => {
      const { db, close } = await openDatabase({ ...loadConfig(line.env), purpose: 'latchkey migrate' });
      try {
        const applied = await migrate(db);
        const told =
          applied.length > 0 ? `Applied: ${applied.join(', ')}.` : 'The database has every migration.';
        await printTo(line.stdout, told);
      } finally {
        await close();
      }
    });
}
