// Alternation: in every round everybody takes a turn, and each round begins with another one, so that whatever else the
// machine does meanwhile falls on all alike.

import type { House, Server } from './house.ts';
import type { LoadRequest, LoadResult, LoadTask } from './load-task.ts';
import type { Options } from './options.ts';
import { cpuMsOf, type Program, startOwn } from './programs.ts';
import { difference, figure } from './statistics.ts';

export interface Bench {
  options: Options;
  house: House;
  say(text: string): void;
  load(task: LoadTask): Promise<LoadResult>;
}

export interface Contestant<Result> {
  name: string;
  run(): Promise<Result>;
}

/** @returns the results of each contestant, by its place; one for each round. */
export async function alternate<Result>(
  bench: Pick<Bench, 'say'>,
  rounds: number,
  contestants: readonly Contestant<Result>[],
  show: (result: Result) => string,
): Promise<Result[][]> {
  const results: Result[][] = contestants.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    const shown: string[] = [];
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const place = (round + turn) % contestants.length;
      const contestant = contestants[place] as Contestant<Result>;
      const result = await contestant.run();
      results[place]?.push(result);
      shown[place] = `${contestant.name} ${show(result)}`;
    }
    bench.say(`  round ${round + 1} of ${rounds}: ${shown.join(' · ')}`);
  }
  return results;
}

export type Ask = Omit<LoadRequest, 'leastBytes'>;

/** Somebody who answers some requests, in turn, again and again. */
export interface Answering {
  name: string;
  server: Server;
  requests: readonly Ask[];
}

export interface LoadRound extends LoadResult {
  /** Milliseconds of CPU per request; undefined where the system does not say. */
  serverCpuMs: number | undefined;
  postgresCpuMs: number | undefined;
}

/** Of the server and PostgreSQL together, in each round. */
export const cpuMsIn = (
  rounds: readonly Pick<LoadRound, 'serverCpuMs' | 'postgresCpuMs'>[],
): (number | undefined)[] =>
  rounds.map(({ serverCpuMs, postgresCpuMs }) =>
    serverCpuMs === undefined || postgresCpuMs === undefined ? undefined : serverCpuMs + postgresCpuMs,
  );

export interface LoadRounds {
  rounds: number;
  seconds: number;
  connections: number;
}

/** A GraphQL request with a key. */
export const graphql = (query: string, apiKey: string): Ask => ({
  path: '/graphql',
  headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` },
  body: JSON.stringify({ query }),
});

function send({ url }: Server, { path, headers, body }: Ask): Promise<Response> {
  return fetch(url + path, body === undefined ? { headers } : { method: 'POST', headers, body });
}

/** @throws Error unless the status is 200 */
export async function replyOf(server: Server, ask: Ask): Promise<string> {
  const response = await send(server, ask);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`The reply is ${response.status}: ${text.slice(0, 500)}`);
  return text;
}

/** @throws Error unless the reply is 401 */
export async function checkRefusal(
  { name, server }: Pick<Answering, 'name' | 'server'>,
  ask: Ask,
): Promise<void> {
  const response = await send(server, ask);
  await response.arrayBuffer();
  if (response.status !== 401) throw new Error(`${name} does not refuse who is not known with 401.`);
}

/** Somebody with what it should answer to its requests, and what it should refuse. */
export interface Checked extends Answering {
  isRight(reply: string): boolean | Promise<boolean>;
  refuses?: Ask;
}

/** @throws Error unless everybody answers rightly, and refuses what it should with 401 */
export async function checkAnswers(answering: readonly Checked[]): Promise<void> {
  for (const { isRight, refuses, ...one } of answering) {
    const replies = await Promise.all(one.requests.map((ask) => replyOf(one.server, ask)));
    for (const reply of replies) {
      if (!(await isRight(reply))) throw new Error(`${one.name} does not answer rightly: ${reply}`);
    }
    if (refuses) await checkRefusal(one, refuses);
  }
}

/** Warms everybody up, then lets them take turns under load. @throws Error when a reply was not a good one */
export async function loadRounds(
  bench: Bench,
  answering: readonly Answering[],
  { rounds, seconds, connections }: LoadRounds,
  show = (round: LoadRound) => `${figure(round.requestsPerSecond)}/s`,
): Promise<LoadRound[][]> {
  const contestants = await Promise.all(
    answering.map(async (one) => {
      const requests = await Promise.all(one.requests.map((ask) => expecting(one.server, ask)));
      const run = () => measured(bench, one, { requests, connections, seconds });
      return { name: one.name, run };
    }),
  );
  for (const { run } of contestants) await run();
  const results = await alternate(bench, rounds, contestants, show);
  results.forEach((found, i) => {
    if (found.some((round) => round.requests === 0)) throw new Error(silence(answering[i]?.name, seconds));
  });
  return results;
}

const silence = (name: string | undefined, seconds: number) =>
  `${name} answered nothing in ${seconds} s: give it more with --seconds.`;

/** A request with the length of its reply as it is now. */
export async function expecting(server: Server, ask: Ask): Promise<LoadRequest> {
  return { ...ask, leastBytes: Buffer.byteLength(await replyOf(server, ask)) };
}

/** One turn under load. @throws Error when a reply was not a good one */
export async function measured(
  { load, house }: Bench,
  { name, server }: Answering,
  task: Omit<LoadTask, 'url'>,
): Promise<LoadRound> {
  const before = [cpuMsOf(server.program.pid), house.postgresCpuMs()];
  const result = await load({ url: server.url, ...task });
  const after = [cpuMsOf(server.program.pid), house.postgresCpuMs()];
  if (result.errors > 0) {
    throw new Error(`${name}: ${result.errors} of ${result.requests} replies were not good ones.`);
  }
  const [serverCpuMs, postgresCpuMs] = after.map((ms, i) => {
    const used = difference(ms, before[i]);
    return used === undefined ? undefined : used / result.requests;
  });
  return { ...result, serverCpuMs, postgresCpuMs };
}

/** The program that puts load, asked one task after another. */
export function startLoad(): { load: Bench['load']; stop: () => Promise<void> } {
  const program: Program = startOwn('load', { core: 'load', stdio: ['pipe', 'pipe'] });
  return {
    async load(task) {
      program.child.stdin?.write(`${JSON.stringify(task)}\n`);
      const { value, done } = await program.lines.next();
      if (done) throw new Error('The load ended.');
      return JSON.parse(value) as LoadResult;
    },
    stop: () => program.stop(),
  };
}
