// Several processes of one server behind one port, for machines of several cores. The primary serves nothing and opens no
// database: it starts workers, replaces those that die or hang, and passes the signal to stop on to all of them.

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { CommandError } from './command-line.ts';
import { answerHeartbeats, askForHeartbeats } from './heartbeat.ts';
import { MetricsOfWorkers } from './worker-metrics.ts';

export interface WorkersOptions {
  count: number;
  /** What is still there so long after the signal is killed. */
  stopWithinMs: number;
  stopping: AbortSignal;
  log: Log;
  /** Absent: as long as below. */
  patience?: Patience;
}

/** How long a worker may take, in milliseconds. */
interface Patience {
  /** To answer at all. What keeps the event loop for so long, where nothing takes a second, does not end. */
  heartbeatMs: number;
  /** To give its metrics: whoever reads them waits. */
  metricsMs: number;
}

const usualPatience: Patience = { heartbeatMs: 30_000, metricsMs: 2_000 };

/** The pause before a worker is replaced: the first, and the longest. */
const backoffMs = { first: 500, longest: 30_000 };
/** A worker that lived this long was well: the pause begins anew. */
const wellAfterMs = 60_000;
const readyMessage = 'latchkey: ready';

/** Whether this process is the one to speak on standard output: alone, or the first of several. */
export const isFirstWorker = (): boolean => cluster.worker === undefined || cluster.worker.id === 1;

/** Tells the primary, if there is one, that this worker serves. */
export const tellReady = (): void => void cluster.worker?.send(readyMessage);

/** Runs a worker's whole work; then nothing more keeps its process alive. */
export async function asWorker(work: () => Promise<void>): Promise<void> {
  answerHeartbeats();
  try {
    await work();
  } finally {
    cluster.worker?.disconnect();
  }
}

/**
 * Runs `count` workers until a signal to stop. The first prepares the database alone; when it fails to start, so does the
 * whole, and the others are never started. A worker that ends later is replaced, after a pause that doubles; one that
 * does not answer any more is killed.
 * @throws CommandError when the first worker ends before it is ready.
 */
export async function superviseWorkers(options: WorkersOptions): Promise<void> {
  const { count, stopWithinMs, stopping, log, patience = usualPatience } = options;
  const told = stopping.aborted ? Promise.resolve() : once(stopping, 'abort');
  const metrics = new MetricsOfWorkers(patience.metricsMs);
  const start = () => startWorker(metrics, patience, log);
  const replace = () => {
    metrics.countReplaced();
    return start();
  };
  const first = start();
  const end = await Promise.race([first.ended, first.ready, told.then(() => undefined)]);
  if (end !== undefined && !stopping.aborted) throw new CommandError(whyNotStarted(end));
  if (!stopping.aborted) log.info({ workers: count }, 'starting the other workers');
  const others = Array.from({ length: stopping.aborted ? 0 : count - 1 }, start);
  const kept = [first, ...others].map((running) => keepRunning(running, replace, log, stopping));
  await told;
  await stopAll(stopWithinMs, log);
  await Promise.all(kept);
  log.info('every worker has stopped');
}

/** A worker that ran has said why by itself. */
const whyNotStarted = ({ err }: WorkerEnd): string =>
  err === undefined
    ? 'The server did not start.'
    : `A process for the server could not be started (${err.code ?? err.message}). Check that Node.js is still where it was, and how many processes and how much memory this user may have.`;

interface WorkerEnd {
  code: number | null;
  signal: string | null;
  /** When it never ran. */
  err?: NodeJS.ErrnoException;
}

interface RunningWorker {
  pid: number | undefined;
  startedAt: number;
  ready: Promise<undefined>;
  ended: Promise<WorkerEnd>;
}

/** Starts a worker. One that cannot be started is one that ended at once, whether that is thrown or told later. */
function startWorker(metrics: MetricsOfWorkers, { heartbeatMs }: Patience, log: Log): RunningWorker {
  const startedAt = performance.now();
  try {
    const worker = cluster.fork();
    metrics.answer(worker);
    const { pid } = worker.process;
    askForHeartbeats(worker, heartbeatMs, () => {
      log.error({ pid, ms: heartbeatMs }, 'a worker does not answer any more and is killed');
      worker.process.kill('SIGKILL');
    });
    const ready = untilReady(worker).then(() => {
      metrics.include(worker);
      log.info({ pid }, 'a worker serves');
      return undefined;
    });
    return { pid, startedAt, ready, ended: untilEnded(worker) };
  } catch (error) {
    const ended = Promise.resolve(neverRan(error as NodeJS.ErrnoException));
    return { pid: undefined, startedAt, ready: new Promise(() => {}), ended };
  }
}

const neverRan = (err: NodeJS.ErrnoException): WorkerEnd => ({ code: null, signal: null, err });

const untilReady = (worker: Worker): Promise<true> =>
  new Promise((resolve) => {
    worker.on('message', (message: unknown) => {
      if (message === readyMessage) resolve(true);
    });
  });

const untilEnded = (worker: Worker): Promise<WorkerEnd> =>
  new Promise((resolve) => {
    worker.once('exit', (code, signal) => resolve({ code, signal }));
    // Of a process that runs, an error is of one signal or message to it, and no end.
    worker.on('error', (error) => worker.process.pid === undefined && resolve(neverRan(error)));
  });

async function keepRunning(
  begun: RunningWorker,
  replace: () => RunningWorker,
  log: Log,
  stopped: AbortSignal,
): Promise<void> {
  let running = begun;
  let wait = backoffMs.first;
  while (true) {
    const end = await running.ended;
    if (stopped.aborted) return;
    const lived = performance.now() - running.startedAt;
    wait = lived >= wellAfterMs ? backoffMs.first : wait;
    log.error({ pid: running.pid, ...end, restartInMs: wait }, 'a worker ended: another is started');
    await pause(wait, undefined, { signal: stopped }).catch(() => {});
    if (stopped.aborted) return;
    wait = Math.min(2 * wait, backoffMs.longest);
    running = replace();
  }
}

/** Asks every worker to stop as `serve` does, and waits; kills those that do not. */
async function stopAll(withinMs: number, log: Log): Promise<void> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  await Promise.all(
    workers.map(async (worker) => {
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      if (worker.isDead()) return;
      worker.process.kill('SIGTERM');
      const late = new AbortController();
      const killed = pause(withinMs, undefined, { signal: late.signal }).then(
        () => {
          log.error({ pid: worker.process.pid }, 'a worker did not stop in time and is killed');
          worker.process.kill('SIGKILL');
        },
        () => {},
      );
      await gone;
      late.abort();
      await killed;
    }),
  );
}
