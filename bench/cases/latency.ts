// How long replies take at half of what a server can do: offered at a constant rate, whatever comes back.

import { database, serveLatchkey } from '../house.ts';
import { alternate, type Bench, checkAnswers, expecting, type LoadRound, measured } from '../rounds.ts';
import { figure, median } from '../statistics.ts';
import type { Table } from '../table.ts';
import { connections, jwtIssuer, tokenFloor } from './tokens.ts';
import { byApiKey, viewerFloor } from './viewer.ts';

interface HalfRound extends LoadRound {
  /** Requests a second that it took just before. */
  peak: number;
}

export async function latency(bench: Bench): Promise<Table> {
  const { house, options } = bench;
  const latchkey = await serveLatchkey(house.envOf(database));
  const answering = [
    byApiKey('Latchkey, viewer by API key', latchkey, house.apiKey),
    { ...(await viewerFloor(house, latchkey)), name: 'floor of viewer' },
    jwtIssuer('Latchkey, tokens', latchkey, house.client),
    { ...(await tokenFloor(house, latchkey)), name: 'floor of tokens' },
  ];
  try {
    await checkAnswers(answering);
    const contestants = await Promise.all(
      answering.map(async (one) => {
        const requests = await Promise.all(one.requests.map((ask) => expecting(one.server, ask)));
        const task = { requests, seconds: options.seconds };
        const run = async (): Promise<HalfRound> => {
          const { requestsPerSecond: peak } = await measured(bench, one, { ...task, connections });
          const half = { ...task, connections: 2 * connections, rate: peak / 2 };
          return { ...(await measured(bench, one, half)), peak };
        };
        return { name: one.name, run };
      }),
    );
    for (const { run } of contestants) await run();
    const show = ({ p99Ms, peak }: HalfRound) => `p99 ${figure(p99Ms)} ms at half of ${figure(peak)}/s`;
    const results = await alternate(bench, options.rounds, contestants, show);
    return tableOf(
      contestants.map(({ name }) => name),
      results,
    );
  } finally {
    for (const { server } of answering) await server.program.stop();
  }
}

function tableOf(names: readonly string[], results: readonly HalfRound[][]): Table {
  const columns: [string, (round: HalfRound) => number][] = [
    ['peak requests/s', ({ peak }) => peak],
    ['offered requests/s', ({ peak }) => peak / 2],
    ['p50 ms', ({ p50Ms }) => p50Ms],
    ['p99 ms', ({ p99Ms }) => p99Ms],
    ['p99.9 ms', ({ p999Ms }) => p999Ms],
  ];
  return {
    title: 'latency: at half of the peak rate',
    text: [
      `In each round the peak with ${connections} connections, and then half of it, offered at a constant rate on ${2 * connections}. A time counts`,
      'from when its request was due, whether or not a connection was free to send it (no coordinated omission); the load',
      'looks each millisecond what is due. What the floors take besides is of the machine.',
    ].join(' '),
    head: ['', ...columns.map(([name]) => name)],
    rows: results.map((rounds, i) => [
      names[i] ?? '',
      ...columns.map(([, value]) => figure(median(rounds.map(value)))),
    ]),
  };
}
