// The commands put together, and every failure turned into a sentence and an exit status. No stack traces for users.

import { Command, CommanderError } from 'commander';
import { WrongMasterKeyError } from '../auth/first-start.ts';
import { MasterKeyFileError } from '../auth/master-key.ts';
import { SigningKeyError } from '../auth/signing-keys.ts';
import { ConfigError } from '../config.ts';
import { DatabaseInUseError } from '../db/folder-lock.ts';
import { MigrationBlockedError, SchemaTooNewError, ServerTooOldError } from '../db/migrate.ts';
import { StandbyError } from '../db/standby.ts';
import { isDatabaseUnavailable, isDiskFull } from '../db/unavailable.ts';
import { withoutSecrets } from '../log.ts';
import { version } from '../version.ts';
import { accountCommand } from './account.ts';
import { CommandError, type CommandLine, printTo } from './command-line.ts';
import { importCommand } from './import.ts';
import { keysCommand } from './keys.ts';
import { migrateCommand } from './migrate.ts';
import { organizationCommand } from './organization.ts';
import { sampleCommand } from './sample.ts';
import { serveCommand } from './serve.ts';

/**
 * Runs one command.
 * @param args without the program's own name.
 * @returns the exit status: 0 done, 1 refused or failed, 2 wrong usage.
 */
export async function runProgram(args: readonly string[], line: CommandLine): Promise<number> {
  try {
    await program(line).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    await printTo(line.stderr, withoutSecrets(sentenceOf(error)));
    return 1;
  }
}

function program(line: CommandLine): Command {
  const commands = [
    serveCommand,
    migrateCommand,
    importCommand,
    sampleCommand,
    accountCommand,
    organizationCommand,
    keysCommand,
  ];
  const root = new Command('latchkey')
    .description('Issue API credentials and serve a Data API behind them.')
    .version(version);
  for (const command of commands) root.addCommand(command(line));
  forEachCommand(root, (command) =>
    command
      .showHelpAfterError('Run with --help to see how it is used.')
      .exitOverride()
      .configureOutput({
        writeOut: (text) => line.stdout.write(text),
        writeErr: (text) => line.stderr.write(text),
      }),
  );
  return root;
}

function forEachCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) forEachCommand(child, change);
}

const forPeople = [
  CommandError,
  ConfigError,
  DatabaseInUseError,
  MasterKeyFileError,
  MigrationBlockedError,
  SchemaTooNewError,
  ServerTooOldError,
  SigningKeyError,
  StandbyError,
  WrongMasterKeyError,
];

function sentenceOf(error: unknown): string {
  if (forPeople.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code, message = String(error) } = (error ?? {}) as { code?: string; message?: string };
  if (isDiskFull(error)) {
    return `The disk of the database, or of a file that is written, is full (${code}). Make room on it, and try again.`;
  }
  if (isDatabaseUnavailable(error)) {
    return `The database cannot be reached or cannot answer (${code ?? message}). Check DATABASE_URL and that the database is up.`;
  }
  if (code === insufficientPrivilege) {
    return `The database does not allow this (${message}). The role of DATABASE_URL needs CREATE on schema public, or must own the database, and must own the tables that are there.`;
  }
  const reason = code === undefined ? message : `${message} (${code})`;
  return `Something unexpected went wrong: ${reason}. Please report it.`;
}

/** SQLSTATE of what a role may not do. */
const insufficientPrivilege = '42501';
