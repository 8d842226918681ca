// `latchkey import` of every interaction against COPY of the same rows, each into the same empty tables with their indexes.

import { join } from 'node:path';
import { copyName, startCopy } from '../copy.ts';
import { database, emptyDatabase, serveLatchkey } from '../house.ts';
import { interactionColumns } from '../interaction-columns.ts';
import { type Program, scratch, startLatchkey } from '../programs.ts';
import { alternate, type Bench } from '../rounds.ts';
import { figure } from '../statistics.ts';
import type { Table } from '../table.ts';
import { type TransferRound, timed, transferFigures } from '../transfer.ts';
import { download } from './export.ts';

/** A load of a million takes its time, and differs little from one to the next. */
const roundsAtMost = 3;
const columns = `organization_id, ${interactionColumns}`;

export async function bulkImport(bench: Bench): Promise<Table> {
  const { house, options } = bench;
  const lines = join(scratch(), 'interactions.ndjson');
  const rows = join(scratch(), 'interactions.copy');
  const server = await serveLatchkey(house.envOf(database));
  await download(server, house.apiKey, lines);
  await server.program.stop();
  const all = `copy (select ${columns} from interactions order by organization_id, id) to stdout`;
  await startCopy(house.urlOf(database), all, rows).ended();
  const importing = (name: string) =>
    startLatchkey(['import', lines, '--resource', 'interactions'], {
      env: house.envOf(name),
      core: 'server',
      stdio: ['ignore', 'ignore'],
    });
  const copying = (name: string) =>
    startCopy(house.urlOf(name), `copy interactions (${columns}) from stdin`, rows);
  const contestants = [
    { name: 'Latchkey', run: () => intoEmpty(bench, importing) },
    { name: copyName, run: () => intoEmpty(bench, copying) },
  ];
  const rounds = Math.min(options.rounds, roundsAtMost);
  const show = ({ seconds }: TransferRound) => `${figure(seconds)} s`;
  return tableOf(bench, await alternate(bench, rounds, contestants, show));
}

/** @throws Error unless every interaction is there afterwards */
async function intoEmpty(bench: Bench, load: (name: string) => Program): Promise<TransferRound> {
  const { house } = bench;
  const name = 'bench_import';
  await house.query('postgres', `drop database if exists ${name}`);
  await house.query('postgres', `create database ${name} template ${emptyDatabase}`);
  await house.query('postgres', 'checkpoint');
  const round = await timed(bench, () => load(name));
  const [found] = await house.query<{ count: number }>(
    name,
    'select count(*)::int as count from interactions',
  );
  if (found?.count !== house.interactions) throw new Error(`${found?.count} interactions came in.`);
  await house.query('postgres', `drop database ${name}`);
  return round;
}

function tableOf({ house }: Bench, results: readonly TransferRound[][]): Table {
  return {
    title: `import: ${house.interactions.toLocaleString('en-US')} interactions from a file`,
    text: [
      '`latchkey import` of NDJSON, which checks every record and may be repeated, against',
      `${copyName} of the same rows, unchecked, into the same table with the same indexes, empty at first.`,
      `Rounds: ${results[0]?.length}.`,
    ].join(' '),
    ...transferFigures(house.interactions, results),
  };
}
