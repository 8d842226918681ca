// How the commands are used: help for each of them, and status 2 with a hint for whatever is not how.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { runCommand, words } from '../support/commands.ts';
import { cleanUp, root, temporaryFolder } from '../support/server-process.ts';

afterAll(cleanUp);

const run = (command: string) => runCommand(words(command));

describe('help', () => {
  const all = [
    '',
    'serve',
    'migrate',
    'import',
    'sample',
    'account',
    'account create',
    'account reset-password',
    'organization',
    'organization create',
    'organization list',
    'organization suspend',
    'organization resume',
    'keys',
    'keys rotate',
    'keys list',
  ];

  test.each(all)('latchkey %s --help says what it does, and is no failure', async (command) => {
    const { status, stdout, stderr } = await run(`${command} --help`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: latchkey ?${command}`));
    expect(stdout).toMatch(/\n\n[A-Z].+\.\n/s);
  });

  test('names every command', async () => {
    const { stdout } = await run('--help');
    const listed = [...stdout.matchAll(/^ {2}(\w+)/gm)].map((match) => match[1]);
    for (const command of all.filter((name) => name !== '' && !name.includes(' ')))
      expect(listed).toContain(command);
  });
});

describe('wrong usage', () => {
  test.each([
    ['an unknown command', 'destroy'],
    ['an unknown option', 'migrate --everything'],
    ['an unknown command below one', 'keys eat'],
    ['no command', ''],
    ['a command that needs another word', 'account'],
    ['a missing option', 'account create'],
    ['a missing address', 'account reset-password'],
    ['an option without its value', 'account create --name'],
    ['a value that is not one of the choices', 'account create --name Ada --kind robot'],
    ['a missing argument', 'import'],
    ['an argument too many', 'migrate now'],
    ['a number that is none', 'sample --rows many'],
    ['a resource that is none', 'import x.json --resource secrets'],
  ])('%s is status 2, and tells how it is used', async (_name, command) => {
    const { status, stdout, stderr } = await run(command);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^(?:error: |Usage: )/);
    expect(stderr).toMatch(/--help|Usage: /);
  });
});

test('SIGUSR1 does not open the inspector of a command either', async () => {
  const rejects = join(await temporaryFolder(), 'rejects.ndjson');
  const args = ['dist/src/main.js', 'import', '-', '--resource', 'users', '--dry-run', '--rejects', rejects];
  const command = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env.PATH } });
  const ended = once(command, 'exit');
  const said = text(command.stderr);
  // More than is looked at before the first record is read.
  command.stdin.write('{}\n'.repeat(50_000));
  while (!existsSync(rejects) && command.exitCode === null) await pause(10);
  command.kill('SIGUSR1');
  await pause(100);
  command.stdin.end('{}\n');
  expect(await ended).toEqual([1, null]);
  expect(await said).toContain('50001 records were rejected');
  expect(await said).not.toContain('Debugger');
});
