// The bulk export of every interaction against COPY of the same columns, and the memory that it takes.

import { copyName, startCopy } from '../copy.ts';
import type { Download } from '../download.ts';
import { database, type Server, serveLatchkey } from '../house.ts';
import { interactionColumns } from '../interaction-columns.ts';
import { cpuMsOf, lineWith, residentMiB, startOwn } from '../programs.ts';
import { alternate, type Bench } from '../rounds.ts';
import { difference, figure } from '../statistics.ts';
import type { Table } from '../table.ts';
import { type TransferRound, timed, transferFigures } from '../transfer.ts';

interface ExportRound extends TransferRound {
  /** MiB: before, and the most while it ran. */
  memory?: { before: number | undefined; most: number | undefined };
}

export async function bulkExport(bench: Bench): Promise<Table> {
  const { house, options } = bench;
  const server = await serveLatchkey(house.envOf(database));
  try {
    const contestants = [
      { name: 'Latchkey', run: () => exportAll(bench, server) },
      { name: copyName, run: () => copyAll(bench) },
    ];
    const results = await alternate(
      bench,
      options.rounds,
      contestants,
      ({ seconds }) => `${figure(seconds)} s`,
    );
    return tableOf(bench, results);
  } finally {
    await server.program.stop();
  }
}

export async function download(server: Server, apiKey: string, file?: string): Promise<Download> {
  const url = `${server.url}/export/v1/records/interactions.ndjson`;
  const rest = file === undefined ? [] : [file];
  const program = startOwn('download', { core: 'load' }, [url, `Bearer ${apiKey}`, ...rest]);
  const [line] = await lineWith(program, /^\{.*\}$/);
  await program.ended();
  return JSON.parse(line) as Download;
}

/** @throws Error unless every interaction comes */
async function exportAll({ house }: Bench, { url, program }: Server): Promise<ExportRound> {
  const { pid } = program;
  const before = residentMiB(pid);
  const cpuBefore = [cpuMsOf(pid), house.postgresCpuMs()];
  let most = before;
  const watch = setInterval(() => {
    most = most === undefined ? undefined : Math.max(most, residentMiB(pid) ?? 0);
  }, 50);
  const { ms, lines } = await download({ url, program }, house.apiKey).finally(() => clearInterval(watch));
  if (lines !== house.interactions)
    throw new Error(`The export has ${lines} lines, not ${house.interactions}.`);
  const cpuMs = difference(cpuMsOf(pid), cpuBefore[0]);
  const postgresCpuMs = difference(house.postgresCpuMs(), cpuBefore[1]);
  return { seconds: ms / 1000, cpuMs, postgresCpuMs, memory: { before, most } };
}

function copyAll(bench: Bench): Promise<TransferRound> {
  const rows = `select ${interactionColumns} from interactions where organization_id = '${bench.house.organizationId}'`;
  return timed(bench, () => startCopy(bench.house.urlOf(database), `copy (${rows}) to stdout`));
}

function tableOf({ house }: Bench, results: readonly ExportRound[][]): Table {
  const memory = (results[0] ?? []).map((round) => round.memory);
  const [first] = memory;
  const most = memory.map((one) => one?.most);
  const grown =
    first?.most !== undefined && first.before !== undefined ? first.most - first.before : undefined;
  return {
    title: `export: ${house.interactions.toLocaleString('en-US')} interactions as NDJSON`,
    text: [
      `\`GET /export/v1/records/interactions.ndjson\` read to its end, in the order of ids, against ${copyName} of the same`,
      'columns into nothing, in whatever order they lie.',
      `The server had ${figure(first?.before)} MiB resident before its first export, grew by ${figure(grown)} MiB during it,`,
      `and never had more than ${figure(most.some((one) => one === undefined) ? undefined : Math.max(...(most as number[])))} MiB.`,
    ].join(' '),
    ...transferFigures(house.interactions, results),
  };
}
