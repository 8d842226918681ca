// Programs of `test/support/programs` as processes of their own: for what only a second process can show.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';

export interface ChildProgram {
  readonly pid: number;
  /** The next line of its standard output; undefined once there will be none. */
  line(): Promise<string | undefined>;
  /** Sends a line and returns the next one that comes back. */
  ask(line: string): Promise<string | undefined>;
  /** All that it wrote to standard error so far. */
  complaints(): string;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends its standard input and waits until it is gone. */
  end(): Promise<void>;
}

const names = ['hold-folder', 'open-database', 'workers'] as const;

export interface Programs {
  start(name: (typeof names)[number], ...args: string[]): ChildProgram;
  /** Kills what still runs and removes the built files. */
  remove(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

/** Builds the programs once, since Node 20 does not run TypeScript. Inside the project, to find its packages. */
export async function buildPrograms(): Promise<Programs> {
  const folder = await mkdtemp(join(root, 'node_modules/.latchkey-programs-'));
  const entry = (name: string) => join(import.meta.dirname, 'programs', `${name}.ts`);
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      rollupOptions: {
        input: Object.fromEntries(names.map((name) => [name, entry(name)])),
        output: { entryFileNames: '[name].mjs' },
      },
    },
  });
  const running = new Set<ChildProgram>();
  return {
    start: (name, ...args) => {
      const child = wrap(
        spawn(process.execPath, [join(folder, `${name}.mjs`), ...args], { stdio: ['pipe', 'pipe', 'pipe'] }),
      );
      running.add(child);
      return child;
    },
    remove: async () => {
      await Promise.all([...running].map((child) => child.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function wrap(child: ChildProcess): ChildProgram {
  const { stdin, stdout, stderr, pid } = child;
  if (stdin === null || stdout === null || stderr === null || pid === undefined)
    throw new Error('The program did not start.');
  const lines = createInterface(stdout)[Symbol.asyncIterator]();
  let complaints = '';
  stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const exit = once(child, 'exit');
  const line = async () => (await lines.next()).value as string | undefined;
  return {
    pid,
    line,
    complaints: () => complaints,
    ask: (text) => {
      stdin.write(`${text}\n`);
      return line();
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
    end: async () => {
      stdin.end();
      await exit;
    },
  };
}
