// A disk of its own that is small enough to fill: a file system in memory that is mounted where this test alone sees it, in a
// mount namespace, and that goes with it. Linux, as root or where the kernel lets users have namespaces.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './server-process.ts';

export interface SmallDisk {
  /** Where it is mounted. */
  readonly folder: string;
  /** A program that runs Node.js where the disk is seen. */
  readonly node: string;
  /** Takes all room but so many kilobytes. */
  fill(leaving: number): Promise<void>;
  /** Gives back what `fill` took. */
  makeRoom(): Promise<void>;
  release(): Promise<void>;
}

const isRoot = process.getuid?.() === 0;
const ownMounts = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
const sameMounts = isRoot ? '--mount' : '--user --preserve-credentials --mount';
const mount = (folder: string, size: string) => `mount -t tmpfs -o size=${size} none ${folder}`;

/** Whether this machine lets us have one. */
export const hasSmallDisks =
  spawnSync('unshare', [...ownMounts, 'sh', '-c', `command -v nsenter && ${mount('/tmp', '1m')}`]).status ===
  0;

export async function smallDisk(size: string): Promise<SmallDisk> {
  const [folder, tools] = [await temporaryFolder(), await temporaryFolder()];
  const shell = spawn('unshare', [...ownMounts, 'sh'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await run(shell, mount(folder, size));
  const node = join(tools, 'node');
  const enter = `nsenter --target ${shell.pid} ${sameMounts} --wd=.`;
  await writeFile(node, `#!/bin/sh\nexec ${enter} ${process.execPath} "$@"\n`, { mode: 0o755 });
  const filler = join(folder, 'filler');
  return {
    folder,
    node,
    fill: (leaving) =>
      run(shell, `dd if=/dev/zero of=${filler} bs=64k 2>/dev/null; truncate -s -${leaving}K ${filler}`),
    makeRoom: () => run(shell, `rm ${filler}`),
    release: async () => {
      shell.stdin?.end();
      await once(shell, 'exit');
    },
  };
}

/** Runs a line of shell in there. */
async function run({ stdin, stdout, exitCode }: ChildProcess, line: string): Promise<void> {
  if (!stdin || !stdout || exitCode !== null) throw new Error('The shell that holds the disk has ended.');
  stdin.write(`${line}; echo $?\n`);
  const [status] = await once(stdout, 'data');
  if (Number(status) !== 0) throw new Error(`"${line}" ended with ${status}.`);
}
