// `latchkey import` of every interaction against COPY of the same rows, each into the same empty tables with their indexes.

import { join } from 'node:path';
import { copyName, startCopy } from '../copy.ts';
import { database, emptyDatabase, serveLatchkey } from '../house.ts';
import { interactionColumns } from '../interaction-columns.ts';
import { type Program, scratch, startLatchkey } from '../programs.ts';
import { alternate, type Bench } from '../rounds.ts';
import { figure, median, ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';
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
  const seconds = await alternate(bench, rounds, contestants, (one) => `${figure(one)} s`);
  return tableOf(bench, seconds);
}

/** Seconds that a load takes. @throws Error unless every interaction is there afterwards */
async function intoEmpty({ house }: Bench, load: (name: string) => Program): Promise<number> {
  const name = 'bench_import';
  await house.query('postgres', `drop database if exists ${name}`);
  await house.query('postgres', `create database ${name} template ${emptyDatabase}`);
  await house.query('postgres', 'checkpoint');
  const begun = performance.now();
  await load(name).ended();
  const seconds = (performance.now() - begun) / 1000;
  const [found] = await house.query<{ count: number }>(
    name,
    'select count(*)::int as count from interactions',
  );
  if (found?.count !== house.interactions) throw new Error(`${found?.count} interactions came in.`);
  await house.query('postgres', `drop database ${name}`);
  return seconds;
}

function tableOf({ house }: Bench, results: readonly number[][]): Table {
  const perSecond = results.map((rounds) => rounds.map((seconds) => house.interactions / seconds));
  return {
    title: `import: ${house.interactions.toLocaleString('en-US')} interactions from a file`,
    text: [
      '`latchkey import` of NDJSON, which checks every record and may be repeated, against',
      `${copyName} of the same rows, unchecked, into the same table with the same indexes, empty at first.`,
      `Rounds: ${results[0]?.length}.`,
    ].join(' '),
    head: ['', 'rows/s', 'seconds', 'share of COPY'],
    rows: results.map((seconds, i) => [
      i === 0 ? 'Latchkey' : copyName,
      figure(median(perSecond[i] ?? [])),
      figure(median(seconds)),
      i === 0 ? ratioText(perSecond[0] ?? [], perSecond[1] ?? []) : '',
    ]),
  };
}
