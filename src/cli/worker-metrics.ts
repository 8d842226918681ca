// Metrics of several workers as those of one server: whichever worker is asked over HTTP asks the primary, which asks all
// that serve and adds up what they give.

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client';

/** What goes between the processes. */
type Message =
  | { latchkey: 'metrics of all, please'; id: number }
  | { latchkey: 'metrics of all'; id: number; text: string }
  | { latchkey: 'metrics of yours, please' }
  | { latchkey: 'metrics of mine'; metrics: MetricObject[] };

/** A worker that takes longer to answer is too busy. */
const patienceMs = 2_000;

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
      // Of one moment, so that each worker is in it once, whether it has ended meanwhile or not.
      const text = await sumOf([...this.#told.values(), this.#ended]).metrics();
      const reply: Message = { latchkey: 'metrics of all', id: message.id, text };
      worker.send(reply, notArrived);
    });
  }

  async #ask(worker: Worker): Promise<void> {
    const metrics = await metricsOf(worker);
    const before = this.#told.get(worker);
    if (before) this.#told.set(worker, metrics ?? countsIn(before));
  }
}

const sumOf = (lists: readonly MetricObject[][]): Registry => AggregatorRegistry.aggregate([...lists]);

async function metricsOf(worker: Worker): Promise<MetricObject[] | undefined> {
  const request: Message = { latchkey: 'metrics of yours, please' };
  if (!worker.isConnected()) return undefined;
  worker.send(request, notArrived);
  const late = AbortSignal.timeout(patienceMs);
  while (true) {
    const [message] = (await once(worker, 'message', { signal: late }).catch(() => [])) as Message[];
    if (message === undefined) return undefined;
    if (message.latchkey === 'metrics of mine') return message.metrics;
  }
}
