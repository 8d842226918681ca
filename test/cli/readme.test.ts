// The README's commands as somebody pastes them, from the first sign-in to the bulk export, into one shell.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import {
  cleanUp,
  migratedFolder,
  printedPassword,
  root,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';

afterAll(cleanUp);

/** What stands in ```sh``` between two headings of the README. */
async function commandsBetween(first: string, last: string): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const part = readme.slice(readme.indexOf(`\n${first}\n`), readme.indexOf(`\n${last}\n`));
  return [...part.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands).join('\n');
}

test.each(['bash', 'sh'])('from sign-in to export they run as they stand, in %s', async (shell) => {
  const server = await startServer({
    LATCHKEY_DATA_DIR: await migratedFolder(),
    LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64'),
  });
  await server.untilListening();
  const printed = await commandsBetween('## Create → token → query → revoke', '### Statistics');
  const commands = printed
    .replace("PASSWORD='…'", `PASSWORD='${printedPassword(server.stdout())}'`)
    .replace('URL=http://localhost:4000', `URL=http://localhost:${server.port}`);
  const cwd = await temporaryFolder();
  const child = spawn(shell, ['-eu'], { cwd, env: { PATH: process.env.PATH } });
  child.stdin.end(commands);
  const [said, complaints] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  expect(complaints).toBe('');
  expect(child.exitCode).toBe(0);
  const inOrder = [
    '"scopes":[{"value":"conversations:read"}]',
    '"totalCount":300',
    'HTTP/1.1 403 Forbidden',
    '"missingScopes":["users:read"]',
    '"status":"REVOKED"',
    '"code":"UNAUTHENTICATED"',
    '"alreadyCreated":true',
    '"error":"invalid_target"',
    '"Message":"Authentication succeeded."',
    '"active":true',
    '{}',
    'What was live among the reported secrets is revoked.',
    '"@odata.context"',
  ];
  let place = 0;
  for (const part of inOrder) {
    expect(said.slice(place), said).toContain(part);
    place = said.indexOf(part, place) + part.length;
  }
  expect(said.slice(place)).toMatch(/(?:^|\}|\n)50$/);
  const exported = (await readFile(join(cwd, 'interactions.ndjson'), 'utf8')).trimEnd().split('\n');
  expect(exported.length).toBeGreaterThan(1_000);
  expect(exported.map((line) => JSON.parse(line)).every(({ id }) => typeof id === 'string')).toBe(true);
});
