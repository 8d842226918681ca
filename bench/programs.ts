// Child processes: each contestant is one, pinned to a core where the machine can do that, and is asked of the kernel
// what it used.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');
/** Of this file once it is built: where the compiled peers are. */
const built = import.meta.dirname;

const [serverCore, loadCore, ...others] = allowedCores();
export const canPin = loadCore !== undefined;

/** What is measured has a core of its own; load has another, shared with PostgreSQL where there is no third. */
const cores = {
  server: String(serverCore),
  load: String(loadCore),
  postgres: others.length > 0 ? others.join(',') : String(loadCore),
};
export type Core = keyof typeof cores;
export const postgresSharesCore = canPin && others.length === 0;

const canReadProc = existsSync('/proc/self/stat');

export interface Program {
  readonly pid: number;
  /** Standard output, line by line. */
  readonly lines: AsyncIterator<string>;
  readonly child: ChildProcess;
  /** @throws Error when it ended with anything but 0. */
  ended(): Promise<void>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  env?: Record<string, string>;
  /** Absent: wherever the kernel likes. */
  core?: Core | undefined;
  /** Of standard input and standard output; standard error goes to a file, as it does in production. */
  stdio?: ['ignore' | 'pipe', 'ignore' | 'pipe'];
}

const running = new Set<ChildProcess>();
let folder: string | undefined;
let logs = 0;

/** A folder for whatever a run needs to write. */
export function scratch(): string {
  folder ??= mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  return folder;
}

/** Ends everything that still runs and removes what was written. */
export function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL');
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

export function start(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const pinned = options.core !== undefined && canPin;
  const [file = command, ...rest] = pinned
    ? ['taskset', '-c', cores[options.core as Core], command, ...args]
    : [command, ...args];
  logs += 1;
  const log = join(scratch(), `${logs}.log`);
  const stderr = openSync(log, 'w');
  const [stdin = 'ignore', stdout = 'pipe'] = options.stdio ?? [];
  const child = spawn(file, rest, {
    stdio: [stdin, stdout, stderr],
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...options.env },
  });
  closeSync(stderr);
  running.add(child);
  let stopping = false;
  const close = once(child, 'close').then(([status, signal]) => {
    running.delete(child);
    if (status === 0 || stopping) return;
    throw new Error(
      `${[command, ...args].join(' ')} ended with ${signal ?? status}:\n${readFileSync(log, 'utf8').slice(-4_000)}`,
    );
  });
  close.catch(() => {});
  return {
    pid: child.pid ?? 0,
    lines: linesOf(child, close),
    child,
    ended: () => close,
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await close;
    },
  };
}

/** A program of this folder, such as peers/copy. */
export const startOwn = (name: string, options?: ProgramOptions, args: readonly string[] = []): Program =>
  start(process.execPath, [join(built, `${name}.js`), ...args], options);

export const startLatchkey = (args: readonly string[], options?: ProgramOptions): Program =>
  start(process.execPath, [join(root, 'dist/src/main.js'), ...args], options);

async function* linesOf(child: ChildProcess, close: Promise<void>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of child.stdout?.setEncoding('utf8') ?? []) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  await close;
}

/** The first line that has a match. @throws Error when the program ends without. */
export async function lineWith(program: Program, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const { value, done } = await program.lines.next();
    if (done) throw new Error(`A program ended before it said ${pattern}.`);
    const match = pattern.exec(value);
    if (match) return match;
  }
}

/** The kernel counts in hundredths of a second, on every Linux that Node runs on. */
const msPerTick = 10;

interface Stat {
  pid: number;
  parent: number;
  ownMs: number;
  /** Of children that have ended. */
  childrenMs: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, childUser = 0, childSystem = 0] = [1, 11, 12, 13, 14].map(
      (i) => fields[i],
    );
    return {
      pid,
      parent,
      ownMs: (user + system) * msPerTick,
      childrenMs: (childUser + childSystem) * msPerTick,
    };
  } catch {
    return undefined;
  }
}

/** Milliseconds of CPU that a process has used; undefined where the system does not say. */
export const cpuMsOf = (pid: number): number | undefined => (canReadProc ? statOf(pid)?.ownMs : undefined);

/** The same of a process and of all its children, also those that have ended. */
export function familyCpuMs(pid: number): number | undefined {
  // A child that ends while it is read would count neither as a child nor with its parent, or twice.
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const before = canReadProc ? statOf(pid) : undefined;
    const children = before && childrenMsOf(pid);
    const after = before && statOf(pid);
    if (!before || !after || children === undefined) return undefined;
    if (before.childrenMs === after.childrenMs) return after.ownMs + after.childrenMs + children;
  }
  return undefined;
}

function childrenMsOf(pid: number): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .reduce((sum, stat) => sum + (stat?.parent === pid ? stat.ownMs : 0), 0);
}

/** Of all programs that this process has started and that have ended. */
export const endedCpuMs = (): number | undefined =>
  canReadProc ? statOf(process.pid)?.childrenMs : undefined;

export const parentOf = (pid: number): number | undefined => (canReadProc ? statOf(pid)?.parent : undefined);

/** Resident memory in MiB. */
export function residentMiB(pid: number): number | undefined {
  if (!canReadProc) return undefined;
  const kiB = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return kiB === undefined ? undefined : Number(kiB) / 1024;
}

/** Moves a running process, and whatever it starts from now on, to a core. */
export function pin(pid: number, core: Core): void {
  if (canPin) execFileSync('taskset', ['-a', '-c', '-p', cores[core], String(pid)]);
}

/** Those that this process may use; none where there is no taskset. */
function allowedCores(): number[] {
  try {
    const said = execFileSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' });
    return (said.split(':').at(-1) ?? '').split(',').flatMap((range) => {
      const [from = Number.NaN, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
  } catch {
    return [];
  }
}
