// What a table says of everybody who was under load.

import { postgresSharesCore } from './programs.ts';
import type { LoadRound } from './rounds.ts';
import { figure, median, medianOf } from './statistics.ts';

export const loadHead = [
  'requests/s',
  'p50 ms',
  'p99 ms',
  'server CPU ms/request',
  'PostgreSQL CPU ms/request',
] as const;

/** In the order of the head. */
export const loadCells = (rounds: readonly LoadRound[]): string[] => [
  figure(median(perSecondIn(rounds))),
  figure(median(rounds.map((round) => round.p50Ms))),
  figure(median(rounds.map((round) => round.p99Ms))),
  figure(medianOf(serverCpuMsIn(rounds))),
  figure(medianOf(rounds.map((round) => round.postgresCpuMs))),
];

export const perSecondIn = (rounds: readonly LoadRound[]): number[] =>
  rounds.map((round) => round.requestsPerSecond);

export const serverCpuMsIn = (rounds: readonly LoadRound[]): (number | undefined)[] =>
  rounds.map((round) => round.serverCpuMs);

/** A sentence on how busy the core of the load was: near 100 %, not the servers were measured but the load. */
export function busyText(results: readonly LoadRound[][]): string {
  const busy = Math.max(...results.flat().map(busyOf));
  return `The core of the load${postgresSharesCore ? ' and of PostgreSQL' : ''} was at most ${Math.round(busy * 100)} % busy.`;
}

const busyOf = ({ busy, postgresCpuMs = 0, requestsPerSecond }: LoadRound) =>
  postgresSharesCore ? busy + (postgresCpuMs * requestsPerSecond) / 1000 : busy;
