#!/usr/bin/env node
// The process: sets V8 up, hands environment, arguments, and streams to the program, and its outcome back to the shell.

import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { withoutSecrets } from './log.ts';

// What survives while the heap is still small under its first load would be made in the old space from then on, and keep
// what it points to, whole pages of records, until everything is collected. See DECISIONS.md, "Nothing of a request".
setFlagsFromString('--no-allocation-site-pretenuring');
// A full collection takes the core from requests for a while. By itself V8 begins the next one when the heap has grown by
// as little as a quarter; now it may treble, within the limit that V8 has for the machine or the container.
setFlagsFromString('--heap-growing-percent=200');
// On one core, the threads that collect beside the requests, or with them, take most of it from them.
if (availableParallelism() === 1) {
  setFlagsFromString('--no-concurrent-marking');
  setFlagsFromString('--no-parallel-scavenge');
}

// Otherwise this signal opens Node's inspector, and with it the memory of the process.
process.on('SIGUSR1', () => {});

const lastResort = (error: unknown) => {
  process.stderr.write(
    `Latchkey stops: ${withoutSecrets(error instanceof Error ? error.message : 'an unknown failure')}\n`,
  );
  process.exit(1);
};
process.on('uncaughtException', lastResort);
process.on('unhandledRejection', lastResort);

// Libraries check more while they are developed with, on every request, and look once, when they are loaded: graphql-js
// above all.
process.env.NODE_ENV ??= 'production';
const { runProgram } = await import('./cli/program.ts');

const { env, stdin, stdout, stderr } = process;
process.exitCode = await runProgram(process.argv.slice(2), { env, stdin, stdout, stderr });
// Whatever still holds on to the process, such as a connection to a database that fell silent, has a second to let go.
setTimeout(() => process.exit(), 1_000).unref();
