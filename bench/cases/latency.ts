// How long replies take at half of what a server can do: offered at a constant rate, whatever comes back.

import { database, serveLatchkey } from '../house.ts';
import { messageOf, type Pace, startPace } from '../pace.ts';
import { type Answering, alternate, type Bench, checkAnswers, expecting, measured } from '../rounds.ts';
import { figure, median, quantile } from '../statistics.ts';
import type { Table } from '../table.ts';
import { connections, jwtIssuer, tokenFloor } from './tokens.ts';
import { byApiKey, viewerFloor } from './viewer.ts';

const leadInSeconds = 1;

interface HalfRound {
  /** Requests a second that it took just before. */
  peak: number;
  /** Milliseconds of each reply. */
  times: number[];
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
  const pace = startPace();
  try {
    await checkAnswers(answering);
    const contestants = await Promise.all(
      answering.map(async (one) => {
        const requests = await Promise.all(one.requests.map((ask) => expecting(one.server, ask)));
        const { seconds } = options;
        const run = async (): Promise<HalfRound> => {
          const { requestsPerSecond: peak } = await measured(bench, one, { requests, seconds, connections });
          return { peak, times: await timesAt(pace, one, peak / 2, seconds) };
        };
        return { name: one.name, run };
      }),
    );
    for (const { run } of contestants) await run();
    const show = ({ times, peak }: HalfRound) =>
      `p99 ${figure(quantile(times, 0.99))} ms at half of ${figure(peak)}/s`;
    const results = await alternate(bench, options.rounds, contestants, show);
    return tableOf(
      contestants.map(({ name }) => name),
      results,
    );
  } finally {
    await pace.stop();
    for (const { server } of answering) await server.program.stop();
  }
}

/** @throws Error when a reply was not a good one */
async function timesAt(
  pace: Pace,
  { name, server, requests }: Answering,
  perSecond: number,
  seconds: number,
): Promise<number[]> {
  const port = Number(new URL(server.url).port);
  const texts = requests.map((ask) => ({ kind: 'good', text: messageOf(ask) }));
  const { kinds, broken } = await pace.run({ port, requests: texts, perSecond, seconds, leadInSeconds });
  const { replies = {}, ms = [] } = kinds.good ?? {};
  if (broken > 0 || Object.keys(replies).join() !== '200')
    throw new Error(`${name}: replies ${JSON.stringify(replies)}, and ${broken} broken connections.`);
  return ms;
}

function tableOf(names: readonly string[], results: readonly HalfRound[][]): Table {
  const columns: [string, (round: HalfRound) => number][] = [
    ['peak requests/s', ({ peak }) => peak],
    ['offered requests/s', ({ peak }) => peak / 2],
    ['p50 ms', ({ times }) => quantile(times, 0.5)],
    ['p99 ms', ({ times }) => quantile(times, 0.99)],
    ['p99.9 ms', ({ times }) => quantile(times, 0.999)],
  ];
  return {
    title: 'latency: at half of the peak rate',
    text: [
      `In each round the peak with ${connections} connections, and then half of it, offered at a constant rate, on as many connections`,
      'as that takes, which are opened in the second before. A time counts from when its request was due (no coordinated',
      'omission); the load looks each millisecond what is due. What the floors take besides is of the machine.',
    ].join(' '),
    head: ['', ...columns.map(([name]) => name)],
    rows: results.map((rounds, i) => [
      names[i] ?? '',
      ...columns.map(([, value]) => figure(median(rounds.map(value)))),
    ]),
  };
}
