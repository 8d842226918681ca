// latchkey serve: migrate, arrange the first start, listen, and stop cleanly on SIGTERM or SIGINT.

import cluster from 'node:cluster';
import { once } from 'node:events';
import { Command } from 'commander';
import pino from 'pino';
import { type App, createApp } from '../app.ts';
import { arrangeFirstStart, type FirstAdmin } from '../auth/first-start.ts';
import type { KeyPolicy } from '../auth/key-rotation.ts';
import { type KeySchedule, startKeySchedule } from '../auth/key-schedule.ts';
import { checkSigningKeys } from '../auth/signing-keys.ts';
import { type Config, loadConfig } from '../config.ts';
import { loadSample } from '../db/data/sample.ts';
import { deleteServerState, readServerState } from '../db/server-state.ts';
import { createLog, type Log } from '../log.ts';
import { noTracing } from '../tracing.ts';
import { CommandError, type CommandLine, type OpenHouse, openHouse, printTo } from './command-line.ts';
import { firstCommands } from './first-commands.ts';
import { startTracing } from './open-telemetry.ts';
import { shareMetrics } from './worker-metrics.ts';
import { asWorker, isFirstWorker, superviseWorkers, tellReady } from './workers.ts';

const graceMs = 10_000;

export function serveCommand(line: CommandLine): Command {
  return new Command('serve')
    .description(
      'Serve the API: prepares the database on the first start. Settings come from the environment.',
    )
    .action(() => serveOrSupervise(line));
}

function serveOrSupervise(line: CommandLine): Promise<void> {
  const config = loadConfig(line.env);
  const log = createLog(config.logLevel, pino.destination({ dest: 2, sync: true }));
  const stopping = stopSignal();
  if (config.workers === 1) return serve(line, config, { log, stopping });
  return cluster.isPrimary
    ? superviseWorkers({ count: config.workers, stopping, log })
    : asWorker(() => serve(line, config, { log, stopping }));
}

async function serve(
  line: CommandLine,
  config: Config,
  { log, stopping }: { log: Log; stopping: ReturnType<typeof stopSignal> },
): Promise<void> {
  const tracing = await startTracing(line.env);
  const house = await openHouse(
    config,
    'latchkey serve',
    tracing === noTracing ? undefined : tracing.statement,
  );
  try {
    if (stopping.requested) return;
    const app = createApp({
      ...house,
      now: () => new Date(),
      log,
      tracing,
      shareMetrics: cluster.isWorker ? shareMetrics : undefined,
    });
    // The port first: a start that cannot serve must not use up the one-time password.
    await listen(app, config);
    let schedule: KeySchedule | undefined;
    try {
      await prepare(line, house, stopping);
      schedule = startKeySchedule({ ...house, policy: keyPolicy(config), now: () => new Date(), log });
      tellReady();
      await stopping.signal;
    } finally {
      await schedule?.stop();
      await stop(app, log);
    }
  } finally {
    await house.close();
    await tracing.stop();
  }
}

/** Arranges a first start and tells how to go on; a signal to stop is heeded between its steps. */
async function prepare(
  line: CommandLine,
  { db, keys, config }: OpenHouse,
  stopping: { requested: boolean },
): Promise<void> {
  let oneTimePassword: string | undefined;
  await arrangeFirstStart(db, keys, {
    ...config,
    now: new Date(),
    announce: async (admin) => {
      oneTimePassword = admin.oneTimePassword;
      await printTo(line.stdout, introduction(admin));
    },
  });
  await checkSigningKeys(db, keys, new Date());
  if (!stopping.requested) await finishSampleData({ db, config });
  if (!stopping.requested && isFirstWorker()) await printTo(line.stdout, welcome(config, oneTimePassword));
}

// The first start notes that sample records are wanted; a start that was killed while making them is caught up with.
async function finishSampleData({ db, config }: Pick<OpenHouse, 'db' | 'config'>): Promise<void> {
  const wanted = (await readServerState(db, 'sample_data')) as
    | { organizationId: string; until: string }
    | undefined;
  if (!wanted) return;
  if (config.sampleData) await loadSample(db, wanted.organizationId, { now: new Date(wanted.until) });
  await deleteServerState(db, 'sample_data');
}

const keyPolicy = ({ signingAlgorithm, keyRotationDays }: Config): KeyPolicy => ({
  algorithm: signingAlgorithm,
  rotationDays: keyRotationDays,
});

async function listen(app: App, { port, host }: Config): Promise<void> {
  const { server } = app.http;
  server.listen({ port, host });
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') {
      throw new CommandError(
        `Port ${port} on ${host} is in use. Stop what listens there, or set PORT to another.`,
      );
    }
    throw new CommandError(`Cannot listen on ${host}, port ${port} (${error.code}). Check HOST and PORT.`);
  });
}

async function stop(app: App, log: Log): Promise<void> {
  log.info('stopping: finishing what is in flight');
  await app.stop(graceMs);
  log.info('stopped');
}

function stopSignal() {
  const state = { requested: false, signal: Promise.resolve() };
  state.signal = new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      // Also the second time: the default would cut what is in flight.
      process.on(name, () => {
        state.requested = true;
        resolve();
      });
    }
  });
  // Otherwise this signal opens Node's inspector, and with it the memory of the process.
  process.on('SIGUSR1', () => {});
  return state;
}

const introduction = ({ email, oneTimePassword }: FirstAdmin) => `
Latchkey is set up. Its first Super Admin signs in with

  e-mail    ${email}
  password  ${oneTimePassword ?? 'as given in LATCHKEY_ADMIN_PASSWORD'}
${oneTimePassword ? '\nThe password is shown this once.\n' : ''}`;

const welcome = (config: Config, oneTimePassword: string | undefined) => `
Latchkey is listening at ${config.publicUrl}   (GraphiQL: ${config.publicUrl}/graphql)
${oneTimePassword ? firstCommands(config.publicUrl, config.adminEmail, oneTimePassword) : ''}`;
