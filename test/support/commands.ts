// `latchkey <command>` run as at the terminal, in this process: what it was given, what it said, and how it ended.

import { Readable, Writable } from 'node:stream';
import { runProgram } from '../../src/cli/program.ts';

export interface CommandRun {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line such as `keys list` with this environment and nothing else of the machine's. */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string> = {},
  stdin = '',
): Promise<CommandRun> {
  const [stdout, stderr] = [collector(), collector()];
  const line = {
    env,
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
  };
  const status = await runProgram(args, line);
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

function collector() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** A command line as a shell would split it: words, and what is in double quotes. */
export const words = (command: string): string[] =>
  (command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
