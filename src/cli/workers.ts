// Several processes of one server behind one port, for machines of several cores. The primary serves nothing and opens no
// database: it starts workers, replaces those that die, and passes the signal to stop on to all of them.

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { CommandError } from './command-line.ts';
import { answerForMetrics } from './worker-metrics.ts';

export interface WorkersOptions {
  count: number;
  /** What is still there so long after the signal is killed. */
  stopWithinMs: number;
  stopping: AbortSignal;
  log: Log;
}

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
  try {
    await work();
  } finally {
    cluster.worker?.disconnect();
  }
}

/**
 * Runs `count` workers until a signal to stop. The first prepares the database alone; when it fails to start, so does the
 * whole, and the others are never started. A worker that ends later is replaced, after a pause that doubles.
 * @throws CommandError when the first worker ends before it is ready: it has said why.
 */
export async function superviseWorkers(options: WorkersOptions): Promise<void> {
  const { count, stopWithinMs, stopping, log } = options;
  const told = stopping.aborted ? Promise.resolve() : once(stopping, 'abort');
  const serving = new Set<Worker>();
  const start = () => startWorker(serving, log);
  const first = start();
  const ready = await Promise.race([
    untilReady(first.worker),
    first.ended.then(() => false),
    told.then(() => false),
  ]);
  if (!ready && !stopping.aborted) throw new CommandError('The server did not start.');
  if (!stopping.aborted) log.info({ workers: count }, 'starting the other workers');
  const others = Array.from({ length: stopping.aborted ? 0 : count - 1 }, start);
  const kept = [first, ...others].map((running) => keepRunning(running, start, log, stopping));
  await told;
  await stopAll(stopWithinMs, log);
  await Promise.all(kept);
  log.info('every worker has stopped');
}

interface WorkerEnd {
  code: number | null;
  signal: string | null;
  /** When it never ran. */
  err?: unknown;
}

interface RunningWorker {
  worker: Worker;
  startedAt: number;
  ended: Promise<WorkerEnd>;
}

function startWorker(serving: Set<Worker>, log: Log): RunningWorker {
  const worker = cluster.fork();
  answerForMetrics(worker, () => [...serving]);
  void untilReady(worker).then(() => {
    serving.add(worker);
    log.info({ pid: worker.process.pid }, 'a worker serves');
  });
  worker.once('exit', () => serving.delete(worker));
  const ended = new Promise<WorkerEnd>((resolve) => {
    worker.once('exit', (code, signal) => resolve({ code, signal }));
    // Of a process that runs, an error is of one signal or message to it, and no end.
    worker.on(
      'error',
      (err) => worker.process.pid === undefined && resolve({ code: null, signal: null, err }),
    );
  });
  return { worker, startedAt: performance.now(), ended };
}

const untilReady = (worker: Worker): Promise<true> =>
  new Promise((resolve) => {
    worker.on('message', (message: unknown) => {
      if (message === readyMessage) resolve(true);
    });
  });

async function keepRunning(
  begun: RunningWorker,
  start: () => RunningWorker,
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
    log.error(
      { pid: running.worker.process.pid, ...end, restartInMs: wait },
      'a worker ended: another is started',
    );
    await pause(wait, undefined, { signal: stopped }).catch(() => {});
    if (stopped.aborted) return;
    wait = Math.min(2 * wait, backoffMs.longest);
    running = startAgain(start, running);
  }
}

/** Some failures to start a process are thrown, others are told later: both are the end of a worker. */
function startAgain(start: () => RunningWorker, last: RunningWorker): RunningWorker {
  try {
    return start();
  } catch (err) {
    const ended = Promise.resolve({ code: null, signal: null, err });
    return { ...last, startedAt: performance.now(), ended };
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
