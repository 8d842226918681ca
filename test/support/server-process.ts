// `latchkey serve` as a process of its own, out of the build, with an environment that says no more than the test does.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { inject } from 'vitest';
import type { TestApp } from './app.ts';
import './database.ts';

export const root = join(import.meta.dirname, '../..');

export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  readonly port: number;
  /** The server as the actors know an app: they ask for its address alone. */
  readonly app: TestApp;
  stdout(): string;
  stderr(): string;
  /** Waits for a text on standard output. @throws Error when the process ends without it. */
  untilSaid(text: string): Promise<void>;
  untilListening(): Promise<void>;
  send(signal: NodeJS.Signals): void;
  /** Of a log that was unread: reads it from now on, or goes away from it. */
  readLog(): void;
  closeLog(): void;
  /** How it ended: the exit status, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** What runs, with the end of each. */
const running = new Map<ChildProcess, Promise<unknown>>();
const folders: string[] = [];

/** Kills what still runs and removes every folder. For `afterAll`. */
export async function cleanUp(): Promise<void> {
  for (const [child, ended] of running) {
    child.kill('SIGKILL');
    await ended;
  }
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-serve-'));
  folders.push(folder);
  return folder;
}

/** A data folder with a migrated database and nothing in it: a first start there takes a second and not five. */
export async function migratedFolder(): Promise<string> {
  const dataDirectory = join(await temporaryFolder(), 'data');
  await mkdir(dataDirectory, { mode: 0o700 });
  const pglite = await PGlite.create({
    dataDir: join(dataDirectory, 'pg'),
    loadDataDir: new Blob([new Uint8Array(await readFile(inject('pgliteTemplate')))]),
  });
  await pglite.close();
  return dataDirectory;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}

/** What becomes of the log: it is read, nobody reads it until `readLog`, or it goes to an open file. */
export type LogReader = 'read' | 'unread' | number;

/** @param program which Node.js runs which build: by default this one, and the project's */
export async function startServer(
  env: Record<string, string>,
  log: LogReader = 'read',
  { node = process.execPath, built = root }: { node?: string; built?: string } = {},
): Promise<ServerProcess> {
  const port = Number(env.PORT ?? (await freePort()));
  const child = spawn(node, [join(built, 'dist/src/main.js'), 'serve'], {
    cwd: await temporaryFolder(),
    stdio: ['ignore', 'pipe', typeof log === 'number' ? log : 'pipe'],
    env: { PATH: process.env.PATH, PORT: String(port), ...env },
  });
  const said = { stdout: '', stderr: '' };
  const read = (name: 'stdout' | 'stderr') =>
    child[name]?.setEncoding('utf8').on('data', (chunk) => {
      said[name] += chunk;
    });
  read('stdout');
  if (log === 'read') read('stderr');
  // 'close' comes after the last output, 'exit' may come before.
  const ended = once(child, 'close').then(([status, signal]) => {
    running.delete(child);
    return (signal ?? status) as number | NodeJS.Signals;
  });
  running.set(child, ended);
  const untilSaid = async (text: string) => {
    while (!said.stdout.includes(text)) {
      const over = await Promise.race([ended, pause(20)]);
      if (over !== undefined && !said.stdout.includes(text))
        throw new Error(`the server ended with ${over}:\n${said.stdout}${said.stderr}`);
    }
  };
  const url = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid ?? 0,
    url,
    port,
    app: { url } as TestApp,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    untilSaid,
    untilListening: () => untilSaid('Latchkey is listening at'),
    send: (signal) => void child.kill(signal),
    readLog: () => void read('stderr'),
    closeLog: () => void child.stderr?.destroy(),
    ended,
  };
}

/** The Super Admin's password that a first start printed, if it did. */
export const printedPassword = (stdout: string): string | undefined =>
  [...stdout.matchAll(/^ {2}password {2}([0-9A-Za-z]{22})$/gm)].at(-1)?.[1];

/** A line of a stack trace, as Node prints it or inside a line of the log. */
export const stackTrace = /(?:^| {4})at \S.*:\d+:\d+|node:internal/m;
