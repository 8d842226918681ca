// Metrics of several workers as those of one server: whichever worker is asked over HTTP asks the primary, which asks all
// that serve and adds up what they give.

import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, Counter, type MetricObject, Registry } from 'prom-client';

/** What goes between the processes. */
type Message =
  | { latchkey: 'metrics of all, please'; id: number }
  | { latchkey: 'metrics of all'; id: number; text: string }
  | { latchkey: 'metrics of yours, please' }
  | { latchkey: 'metrics of mine'; metrics: MetricObject[] };

/**
 * In a worker: gives its own metrics to the primary from now on.
 * @returns what reads the metrics of all.
 */
export function shareMetrics(registry: Registry): () => Promise<string> {
  const waiting = new Map<number, (text: string) => void>();
  let asked = 0;
  process.on('message', (message: Message) => {
    if (message.latchkey === 'metrics of yours, please') void give(registry);
    if (message.latchkey !== 'metrics of all') return;
    waiting.get(message.id)?.(message.text);
    waiting.delete(message.id);
  });
  return () =>
    new Promise((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      sendToPrimary({ latchkey: 'metrics of all, please', id: asked });
    });
}

/** With a callback a channel that has closed meanwhile is told to it, and does not end the process. */
const notArrived = () => {};

const sendToPrimary = (message: Message): void => void cluster.worker?.send(message, notArrived);

const give = async (registry: Registry): Promise<void> =>
  sendToPrimary({ latchkey: 'metrics of mine', metrics: await registry.getMetricsAsJSON() });

/** What only grows. */
const counts: readonly unknown[] = ['counter', 'histogram'];
const countsIn = (metrics: readonly MetricObject[]) => metrics.filter(({ type }) => counts.includes(type));

/**
 * In the primary: the metrics of all workers. What a worker has counted stays in the sum when it is too busy to answer, and
 * when it has ended, as far as it had told: no counter falls because of a worker.
 */
export class MetricsOfWorkers {
  /** What each worker that serves told last. */
  readonly #told = new Map<Worker, MetricObject[]>();
  /** What those that have ended had counted. */
  #ended: MetricObject[] = [];
  readonly #own = new Registry();
  /** Added to what each worker has of it, 0, as a process that is alone has: see http/metrics.ts. */
  readonly #replaced = new Counter({
    name: 'latchkey_workers_replaced_total',
    help: 'Processes of this server that were replaced.',
    registers: [this.#own],
  });
  readonly #patienceMs: number;

  /** @param patienceMs a worker that takes longer to answer is too busy */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** A worker that ended is replaced by another. */
  countReplaced(): void {
    this.#replaced.inc();
  }

  /** Its metrics are among those of all from now on. */
  include(worker: Worker): void {
    this.#told.set(worker, []);
    worker.once('exit', () => {
      this.#ended = sumOf([this.#ended, countsIn(this.#told.get(worker) ?? [])]).getMetricsAsArray();
      this.#told.delete(worker);
    });
  }

  /** Answers this worker when it asks for the metrics of all. */
  answer(worker: Worker): void {
    worker.on('message', async (message: Message) => {
      if (message.latchkey !== 'metrics of all, please') return;
      await Promise.all([...this.#told.keys()].map((one) => this.#ask(one)));
      const own = await this.#own.getMetricsAsJSON();
      // Of one moment, so that each worker is in it once, whether it has ended meanwhile or not.
      const text = await sumOf([...this.#told.values(), this.#ended, own]).metrics();
      const reply: Message = { latchkey: 'metrics of all', id: message.id, text };
      worker.send(reply, notArrived);
    });
  }

  async #ask(worker: Worker): Promise<void> {
    const metrics = await metricsOf(worker, this.#patienceMs);
    const before = this.#told.get(worker);
    if (before) this.#told.set(worker, metrics ?? countsIn(before));
  }
}

const sumOf = (lists: readonly MetricObject[][]): Registry => AggregatorRegistry.aggregate([...lists]);

/** Undefined when they have not come in time, or the worker has gone. */
function metricsOf(worker: Worker, patienceMs: number): Promise<MetricObject[] | undefined> {
  if (!worker.isConnected()) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const end = (metrics?: MetricObject[]) => {
      clearTimeout(late);
      worker.off('message', hear).off('disconnect', giveUp);
      resolve(metrics);
    };
    const giveUp = () => end();
    const hear = (message: Message) => {
      if (message.latchkey === 'metrics of mine') end(message.metrics);
    };
    const late = setTimeout(giveUp, patienceMs);
    worker.on('message', hear).on('disconnect', giveUp);
    const request: Message = { latchkey: 'metrics of yours, please' };
    worker.send(request, notArrived);
  });
}
