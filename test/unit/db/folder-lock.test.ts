// The lock of the data folder: one process has it, a dead one never does, and whoever is refused learns why.

import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { DatabaseInUseError, lockFolder } from '../../../src/db/folder-lock.ts';
import { thisProcess } from '../../../src/db/process-identity.ts';
import { buildPrograms, type Programs } from '../../support/child-programs.ts';

let programs: Programs;
let folder: string;
beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function holder(purpose = 'latchkey serve') {
  const child = programs.start('hold-folder', folder, purpose);
  expect(await child.line()).toBe('ready');
  return child;
}

const lockFiles = () => readdir(join(folder, 'lock'));

/** Leaves the lock file of some other process, last touched so many seconds ago. */
async function leaveLock(holder: object, ageSeconds: number): Promise<void> {
  await (await lockFolder(folder, 'tests')).release();
  const path = join(folder, 'lock', 'left-behind');
  await writeFile(path, `${JSON.stringify({ purpose: 'latchkey serve', since: 'then', ...holder })}\n`);
  const touched = Date.now() / 1000 - ageSeconds;
  await utimes(path, touched, touched);
}

it('a second process is refused with a sentence that says who has the folder and what to do', async () => {
  const first = await holder('latchkey import');
  const second = await holder();
  expect(await first.ask('take')).toBe('held');
  const refusal = await second.ask('take');
  expect(refusal).toContain(`is in use by "latchkey import" (process ${first.pid}, since 20`);
  expect(refusal).toContain(folder);
  expect(refusal).toContain('LATCHKEY_DATA_DIR');
  expect(refusal).toContain('DATABASE_URL');
  await Promise.all([first.kill(), second.kill()]);
});

it('the same process is refused too', async () => {
  const lock = await lockFolder(folder, 'latchkey serve');
  await expect(lockFolder(folder, 'latchkey serve')).rejects.toThrow(DatabaseInUseError);
  await lock.release();
});

it('after a release the next one gets in, and nothing is left of the first', async () => {
  const lock = await lockFolder(folder, 'one');
  await lock.release();
  await lock.release();
  expect(await lockFiles()).toEqual([]);
  await (await lockFolder(folder, 'two')).release();
});

it('a process killed while it had the folder does not keep the next one waiting', async () => {
  const first = await holder();
  const second = await holder();
  await first.ask('take');
  await first.kill();
  expect(await second.ask('take')).toBe('held');
  expect(await lockFiles()).toHaveLength(1);
  await second.kill();
});

it('of many that come at once, over the lock of a dead process or none, exactly one gets in', async () => {
  const contenders = await Promise.all(Array.from({ length: 6 }, () => holder()));
  for (let round = 0; round < 12; round++) {
    if (round % 2 === 0) {
      const dead = await holder();
      await dead.ask('take');
      await dead.kill();
    }
    const answers = await Promise.all(contenders.map((child) => child.ask('take')));
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
    await contenders[answers.indexOf('held')]?.ask('release');
  }
  await Promise.all(contenders.map((child) => child.kill()));
});

it('of twenty attempts at once in one process exactly one gets in', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => lockFolder(folder, 'latchkey serve')),
  );
  const held = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  expect(held).toHaveLength(1);
  await held[0]?.value.release();
});

it('a pid that is in use again by another process is not taken for the one that had the folder', async () => {
  await leaveLock({ ...thisProcess(), startedTicks: '1' }, 0);
  await (await lockFolder(folder, 'latchkey serve')).release();
});

it('a container that has our pid and another host name is not us: fresh it is refused, silent it is gone', async () => {
  const elsewhere = { ...thisProcess(), hostname: 'other-container' };
  await leaveLock(elsewhere, 5);
  const refusal = lockFolder(folder, 'latchkey serve');
  await expect(refusal).rejects.toThrow('on other-container');
  await expect(refusal).rejects.toThrow('try again in 15 seconds');
  await rm(join(folder, 'lock', 'left-behind'));
  await leaveLock(elsewhere, 20);
  await (await lockFolder(folder, 'latchkey serve')).release();
});

it('a container with our host name and pids of its own is judged by its signs of life too', async () => {
  await leaveLock({ ...thisProcess(), pidSpace: 'another' }, 5);
  await expect(lockFolder(folder, 'latchkey serve')).rejects.toThrow(DatabaseInUseError);
});

it('a lock file that a power failure cut short blocks nobody for long', async () => {
  await leaveLock({}, 20);
  await writeFile(join(folder, 'lock', 'left-behind'), '');
  await utimes(join(folder, 'lock', 'left-behind'), 1, 1);
  await (await lockFolder(folder, 'latchkey serve')).release();
  expect(await lockFiles()).toEqual([]);
});

it('the holder goes on touching its file and leaves it whole', async () => {
  const lock = await lockFolder(folder, 'latchkey serve');
  const path = join(folder, 'lock', (await lockFiles())[0] ?? '');
  await utimes(path, 1, 1);
  await expect
    .poll(async () => (await stat(path)).mtimeMs, {
      timeout: 20_000,
    })
    .toBeGreaterThan(Date.now() - 60_000);
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
    pid: process.pid,
    purpose: 'latchkey serve',
  });
  await lock.release();
});

it('a process whose lock is taken from it ends itself rather than write on', async () => {
  const child = await holder();
  await child.ask('take');
  for (const name of await lockFiles()) await rm(join(folder, 'lock', name));
  expect(await child.line()).toBeUndefined();
  await child.end();
  expect(child.complaints()).toContain('The lock of the data folder is gone');
});
