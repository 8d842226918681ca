// How the commands are used: help for each of them, and status 2 with a hint for whatever is not how.

import { describe, expect, test } from 'vitest';
import { runCommand, words } from '../support/commands.ts';

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
    'organization',
    'organization create',
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
