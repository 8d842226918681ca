// Many rows moved at once, by Latchkey and by COPY: how long it took, and what CPU.

import { copyName } from './copy.ts';
import { endedCpuMs, type Program } from './programs.ts';
import type { Bench } from './rounds.ts';
import { difference, figure, median, medianOf, ratioText } from './statistics.ts';
import type { Table } from './table.ts';

export interface TransferRound {
  seconds: number;
  /** Of the program and of PostgreSQL; undefined where the system does not say. */
  cpuMs: number | undefined;
  postgresCpuMs: number | undefined;
}

/** Runs a program to its end, alone. */
export async function timed({ house }: Bench, run: () => Program): Promise<TransferRound> {
  const cpuBefore = [endedCpuMs(), house.postgresCpuMs()];
  const begun = performance.now();
  await run().ended();
  const seconds = (performance.now() - begun) / 1000;
  const cpuMs = difference(endedCpuMs(), cpuBefore[0]);
  const postgresCpuMs = difference(house.postgresCpuMs(), cpuBefore[1]);
  return { seconds, cpuMs, postgresCpuMs };
}

/** Of Latchkey's rounds and then of COPY's. */
export function transferFigures(
  rows: number,
  results: readonly TransferRound[][],
): Pick<Table, 'head' | 'rows'> {
  const seconds = results.map((rounds) => rounds.map((round) => round.seconds));
  const cpu = results.map((rounds) =>
    rounds.map(({ cpuMs = Number.NaN, postgresCpuMs = Number.NaN }) => cpuMs + postgresCpuMs),
  );
  return {
    head: ['', 'rows/s', 'seconds', 'CPU s', 'PostgreSQL CPU s', 'share of COPY', 'share by CPU'],
    rows: results.map((rounds, i) => [
      i === 0 ? 'Latchkey' : copyName,
      figure(rows / median(seconds[i] ?? [])),
      figure(median(seconds[i] ?? [])),
      figure(inSeconds(medianOf(rounds.map((round) => round.cpuMs)))),
      figure(inSeconds(medianOf(rounds.map((round) => round.postgresCpuMs)))),
      i === 0 ? ratioText(seconds[1] ?? [], seconds[0] ?? []) : '',
      i === 0 ? ratioText(cpu[1] ?? [], cpu[0] ?? []) : '',
    ]),
  };
}

const inSeconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
