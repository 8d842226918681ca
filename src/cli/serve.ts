// latchkey serve: listen, prepare the database, serve, and stop cleanly on SIGTERM or SIGINT.

import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { type App, createApp, type Phase } from '../app.ts';
import type { KeyPolicy } from '../auth/key-rotation.ts';
import { type KeySchedule, startKeySchedule } from '../auth/key-schedule.ts';
import { type Config, loadConfig } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import { noTracing, type Tracing } from '../tracing.ts';
import { CommandError, type CommandLine, enterHouse, type House } from './command-line.ts';
import { logDestination } from './log-destination.ts';
import { startTracing } from './open-telemetry.ts';
import { createPasswordProcess } from './password-work.ts';
import { prepare } from './prepare.ts';
import { shareMetrics } from './worker-metrics.ts';
import { asWorker, superviseWorkers, tellReady } from './workers.ts';

const graceMs = 10_000;
/** For what is written when all requests are done. */
const lastWriteMs = 2_000;
/** A worker that takes so much longer than all of that is stuck. */
const spareMs = 8_000;

export function serveCommand(line: CommandLine): Command {
  return new Command('serve')
    .description(
      'Serve the API: prepares the database on the first start. Settings come from the environment.',
    )
    .action(() => serveOrSupervise(line));
}

function serveOrSupervise(line: CommandLine): Promise<void> {
  const config = loadConfig(line.env);
  const log = createLog(config.logLevel, logDestination(line.stderr));
  const stopping = stopSignal();
  if (config.workers === 1) return serve(config, { line, log, stopping });
  return cluster.isPrimary
    ? superviseWorkers({ count: config.workers, stopWithinMs: stopWithinMs(config), stopping, log })
    : asWorker(() => serve(config, { line, log, stopping }));
}

/** The drain, what is in flight, the last writes, and closing the database. */
const stopWithinMs = ({ drainMs }: Config): number => drainMs + graceMs + lastWriteMs + graceMs + spareMs;

interface Running {
  line: CommandLine;
  log: Log;
  stopping: AbortSignal;
}

async function serve(config: Config, running: Running): Promise<void> {
  const tracing = await startTracing(running.line.env);
  const onStatement = tracing === noTracing ? undefined : tracing.statement;
  const tell = (sentence: string) => running.log.warn(sentence);
  const house = await enterHouse(config, { purpose: 'latchkey serve', tell, onStatement });
  try {
    if (!running.stopping.aborted) await serveFrom(house, tracing, running);
  } finally {
    await within(graceMs, house.close());
    await tracing.stop();
  }
}

/** Listens, prepares, and serves until it is told to stop. */
async function serveFrom(house: House, tracing: Tracing, { line, log, stopping }: Running): Promise<void> {
  const { config, db, keys } = house;
  const now = () => new Date();
  let phase = 'starting' as Phase;
  const passwordWork = createPasswordProcess();
  const app = createApp({
    ...house,
    now,
    log,
    tracing,
    phase: () => phase,
    passwordWork,
    shareMetrics: cluster.isWorker ? shareMetrics : undefined,
  });
  const serve = () => {
    phase = 'serving';
    tellReady();
  };
  const told = once(stopping, 'abort');
  // The port first: a start that cannot serve must not use up the password that is shown once, and one that waits for its
  // database says that it is alive.
  await listen(app, config);
  let schedule: KeySchedule | undefined;
  const preparing = prepare({ line, house, log, stopping, serve });
  try {
    await Promise.race([preparing, told]);
    if (!stopping.aborted) schedule = startKeySchedule({ db, keys, policy: keyPolicy(config), now, log });
    await told;
    if (phase === 'serving' && config.drainMs > 0) {
      phase = 'leaving';
      log.info({ ms: config.drainMs }, 'not ready any more: going on until load balancers have seen it');
      await pause(config.drainMs);
    }
    log.info('stopping: finishing what is in flight');
  } finally {
    const ended = Promise.allSettled([preparing, schedule?.stop(), app.stop(graceMs)]);
    await within(graceMs + lastWriteMs, ended);
    passwordWork.end();
    if (stopping.aborted) log.info('stopped');
  }
}

const keyPolicy = ({ signingAlgorithm, keyRotationDays }: Config): KeyPolicy => ({
  algorithm: signingAlgorithm,
  rotationDays: keyRotationDays,
});

/**
 * Connections that may wait to be accepted; the kernel has a limit of its own. Node's 511 are fewer than a second of a
 * flood has, and a client whose connection finds no place tries again after one second, and after three.
 */
const backlog = 4_096;

async function listen(app: App, { port, host }: Config): Promise<void> {
  const { server } = app.http;
  server.listen({ port, host, backlog });
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') {
      throw new CommandError(
        `Port ${port} on ${host} is in use. Stop what listens there, or set PORT to another.`,
      );
    }
    throw new CommandError(`Cannot listen on ${host}, port ${port} (${error.code}). Check HOST and PORT.`);
  });
}

/** Waits, but not longer: a database that has fallen silent does not keep the process. */
const within = (ms: number, waited: Promise<unknown>): Promise<unknown> =>
  Promise.race([waited, pause(ms, undefined, { ref: false })]);

function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  // Also the second time: the default would cut what is in flight.
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stopping.abort());
  return stopping.signal;
}
