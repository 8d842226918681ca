// Alternation: in every round everybody takes a turn, and each round begins with another one, so that whatever else the
// machine does meanwhile falls on all alike.

import type { House, Server } from './house.ts';
import type { LoadResult, LoadTask } from './load-task.ts';
import type { Options } from './options.ts';
import { cpuMsOf, familyCpuMs, type Program, startOwn } from './programs.ts';
import { figure } from './statistics.ts';

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

/** Somebody who answers one request again and again. */
export interface Answering {
  name: string;
  server: Server;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface LoadRound extends LoadResult {
  /** Milliseconds of CPU per request; undefined where the system does not say. */
  serverCpuMs: number | undefined;
  postgresCpuMs: number | undefined;
}

export interface LoadRounds {
  rounds: number;
  seconds: number;
  connections: number;
}

/** The reply to a contestant's request. @throws Error unless its status is 200 */
export async function replyOf({ name, server, path, headers, body }: Answering): Promise<string> {
  const init = body === undefined ? { headers } : { method: 'POST', headers, body };
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${name} replied ${response.status}: ${text.slice(0, 500)}`);
  return text;
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
      const leastBytes = Buffer.byteLength(await replyOf(one));
      const run = () => measured(bench, one, { connections, seconds, leastBytes });
      return { name: one.name, run };
    }),
  );
  for (const { run } of contestants) await run();
  return alternate(bench, rounds, contestants, show);
}

async function measured(
  { load, house }: Bench,
  { name, server, path, headers, body }: Answering,
  limits: Pick<LoadTask, 'connections' | 'seconds' | 'leastBytes'>,
): Promise<LoadRound> {
  const cpu = () => [
    cpuMsOf(server.program.pid),
    house.postmaster === undefined ? undefined : familyCpuMs(house.postmaster),
  ];
  const before = cpu();
  const result = await load({
    url: server.url + path,
    headers,
    ...(body !== undefined && { body }),
    ...limits,
  });
  const after = cpu();
  if (result.errors > 0 || result.requests === 0) {
    throw new Error(`${name}: ${result.errors} of ${result.requests} replies were not good ones.`);
  }
  const [serverCpuMs, postgresCpuMs] = after.map((ms, i) => {
    const from = before[i];
    return ms === undefined || from === undefined ? undefined : (ms - from) / result.requests;
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
