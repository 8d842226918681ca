// Passwords are checked in a process of low priority beside the server: it comes when it is needed, knows nothing, and
// whatever becomes of it, people can sign in.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createPasswordHasher } from '../../src/auth/passwords.ts';
import { createPasswordProcess } from '../../src/cli/password-work.ts';
import { cleanUp, migratedFolder, root, type ServerProcess, startServer } from '../support/server-process.ts';

const password = 'correct horse battery staple';
const hasProc = process.platform === 'linux';

afterAll(cleanUp);

async function signIn({ url }: ServerProcess, tried = password): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation ($input: SignInInput!) { signIn(input: $input) { viewer { account { role } } } }',
      variables: { input: { email: 'admin@example.com', password: tried } },
    }),
  });
  return (await response.json()).data.signIn.viewer?.account.role;
}

/** Of each process that hashes passwords for this one. */
const helpersOf = ({ pid }: Pick<ServerProcess, 'pid'>): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && textOf(name, 'cmdline').includes('password-process'))
    .filter((name) => statOf(name)[1] === String(pid))
    .map(Number);

function textOf(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** From the state on: what stands behind the name. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const statOf = (pid: number | string): string[] => textOf(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
const nicenessOf = (pid: number): number => Number(statOf(pid)[16]);

async function untilNone(pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => textOf(pid, 'cmdline').includes('password-process'))) await pause(20);
}

describe.runIf(hasProc)('a server', () => {
  let server: ServerProcess;
  beforeEach(async () => {
    server = await startServer({
      LATCHKEY_DATA_DIR: await migratedFolder(),
      LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64'),
      LATCHKEY_ADMIN_PASSWORD: password,
      LATCHKEY_SAMPLE_DATA: 'off',
    });
    await server.untilListening();
  });

  it('starts one process of low priority and without an environment when somebody signs in, and takes it along', async () => {
    expect(helpersOf(server)).toEqual([]);
    expect(await signIn(server, 'wrong')).toBeUndefined();
    expect(await signIn(server)).toBe('SUPER_ADMIN');
    const helpers = helpersOf(server);
    expect(helpers.map(nicenessOf)).toEqual([Math.min(nicenessOf(server.pid) + 10, 19)]);
    expect(helpers.map((pid) => textOf(pid, 'environ')).join()).not.toMatch(/LATCHKEY|PATH=/);
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
    await untilNone(helpers);
  });

  it('signs people in when that process is killed, and when it hangs', async () => {
    expect(await signIn(server)).toBe('SUPER_ADMIN');
    const [first = 0] = helpersOf(server);
    process.kill(first, 'SIGKILL');
    expect(await signIn(server)).toBe('SUPER_ADMIN');
    expect(await signIn(server)).toBe('SUPER_ADMIN');
    const [second = 0] = helpersOf(server);
    expect(second).not.toBe(first);
    process.kill(second, 'SIGSTOP');
    expect(await signIn(server)).toBe('SUPER_ADMIN');
    await untilNone([second]);
  });

  it('leaves none behind when it is killed itself', async () => {
    await signIn(server);
    const helpers = helpersOf(server);
    expect(helpers).toHaveLength(1);
    server.send('SIGKILL');
    await server.ended;
    await untilNone(helpers);
  });
});

it.runIf(hasProc)(
  'the process is let go when it has not been needed for a while, and started again',
  async () => {
    const built: { createPasswordProcess: typeof createPasswordProcess } = await import(
      join(root, 'dist/src/cli/password-work.js')
    );
    const work = built.createPasswordProcess(50);
    const hash = await work.hash(password);
    const first = helpersOf(process);
    expect(first).toHaveLength(1);
    await untilNone(first);
    expect(await work.verify(password, hash)).toBe(true);
    const second = helpersOf(process);
    expect(second).toHaveLength(1);
    work.end();
    await untilNone(second);
  },
);

it('where no such process can be started, as from sources that were not built, the work is done all the same', async () => {
  const work = createPasswordProcess();
  const hasher = createPasswordHasher(work);
  const hash = await hasher.hash(password);
  expect(await hasher.verify(password, hash)).toBe(true);
  expect(await hasher.verify(`${password}.`, hash)).toBe(false);
  expect(await hasher.verify(password, undefined)).toBe(false);
  work.end();
});
