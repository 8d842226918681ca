// What is written about the settings is what the program knows: no variable is missing, none is made up.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFile(join(root, path), 'utf8');

/** The keys of the settings' schema. A variable that is only ignored would not do: each must be read. */
async function knownVariables(): Promise<string[]> {
  const source = await read('src/config.ts');
  const schema = source.slice(source.indexOf('const schema ='), source.indexOf('export function loadConfig'));
  return [...schema.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map((match) => match[1] ?? '');
}

const mentioned = (text: string) => new Set(text.match(/\bLATCHKEY_[A-Z_]*[A-Z]\b/g));

test('the settings are found in the source', async () => {
  expect((await knownVariables()).length).toBeGreaterThan(15);
});

test('.env.example has every setting once, and no other', async () => {
  const lines = (await read('.env.example')).split('\n');
  const listed = lines.flatMap((line) => /^#?([A-Z][A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(listed.sort()).toEqual((await knownVariables()).sort());
});

test('.env.example can be used as it is, and as if every line of it counted, but for the database', async () => {
  const lines = (await read('.env.example')).split('\n');
  const given = lines.flatMap((line) => /^#?([A-Z][A-Z_]+)=(.*)$/.exec(line)?.slice(1, 3) ?? []);
  const env: Record<string, string> = {};
  for (let i = 0; i < given.length; i += 2) env[given[i] ?? ''] = given[i + 1] ?? '';
  const { DATABASE_URL, ...others } = env;
  expect(DATABASE_URL).toMatch(/^postgres:/);
  expect(loadConfig(others), 'the values shown are the defaults').toEqual(loadConfig({}));
});

test('README.md names every setting', async () => {
  const text = await read('README.md');
  expect((await knownVariables()).filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
});

test.each(['README.md', '.env.example', 'SECURITY.md', 'DECISIONS.md', 'CONTRIBUTING.md'])(
  '%s names no LATCHKEY_ variable that does not exist',
  async (path) => {
    const known = await knownVariables();
    expect([...mentioned(await read(path))].filter((name) => !known.includes(name))).toEqual([]);
  },
);
