// `npm run bench`: puts the house up, runs the cases one after another, and writes what came of them.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { join, relative } from 'node:path';
import { depth } from './cases/depth.ts';
import { embedded } from './cases/embedded.ts';
import { engines } from './cases/engines.ts';
import { bulkExport } from './cases/export.ts';
import { bulkImport } from './cases/import.ts';
import { junk } from './cases/junk.ts';
import { latency } from './cases/latency.ts';
import { list } from './cases/list.ts';
import { nested } from './cases/nested.ts';
import { revocation } from './cases/revocation.ts';
import { tokens } from './cases/tokens.ts';
import { viewer } from './cases/viewer.ts';
import { type House, openHouse } from './house.ts';
import { type Options, readOptions, usage } from './options.ts';
import { canPin, cleanUp, root } from './programs.ts';
import { type Bench, startLoad } from './rounds.ts';
import { markdownOf, type Table } from './table.ts';

/** By the name that the command line knows. A further case is a file and a line here. */
const cases: Record<string, (bench: Bench) => Promise<Table>> = {
  list,
  embedded,
  depth,
  export: bulkExport,
  import: bulkImport,
  nested,
  tokens,
  viewer,
  latency,
  engines,
  revocation,
  junk,
};

const begun = Date.now();
const say = (text: string) => {
  const seconds = Math.round((Date.now() - begun) / 1000);
  process.stdout.write(`${String(seconds).padStart(4)} s  ${text}\n`);
};

function options(): Options | undefined {
  const read = readOptions(process.argv.slice(2), join(root, 'bench/RESULTS.md'));
  const unknown = read?.cases.find((name) => !(name in cases));
  if (unknown === undefined) return read;
  throw new TypeError(`There is no case "${unknown}". There are ${Object.keys(cases).join(', ')}.`);
}

async function run(given: Options): Promise<void> {
  const house = await openHouse(given, say);
  const load = startLoad();
  try {
    const bench: Bench = { options: given, house, say, load: load.load };
    const names = given.cases.length > 0 ? given.cases : Object.keys(cases);
    const tables: string[] = [];
    for (const name of names) {
      say(name);
      const table = markdownOf(await (cases[name] as (bench: Bench) => Promise<Table>)(bench));
      tables.push(table);
      process.stdout.write(`\n${table}\n`);
      // After each one, so that a case that fails takes nothing from those before it.
      await writeFile(given.output, [introduction(given, house), ...tables].join('\n'));
    }
    say(`written to ${relative(process.cwd(), given.output)}`);
  } finally {
    await load.stop();
    await house.close();
  }
}

function introduction({ rows, rounds, seconds, trials, cases: named }: Options, house: House): string {
  const command = [
    'npm run bench --',
    ...named,
    `--rows ${rows} --rounds ${rounds} --seconds ${seconds} --trials ${trials}`,
  ].join(' ');
  const versionOf = (name: string) =>
    JSON.parse(readFileSync(join(root, 'bench/node_modules', name, 'package.json'), 'utf8'))
      .version as string;
  const packages = [
    'graphql-yoga',
    '@pothos/core',
    'kysely',
    'fastify',
    'mercurius',
    'graphql',
    'pg',
    'autocannon',
    'oidc-provider',
    '@node-oauth/oauth2-server',
    'better-auth',
    '@better-auth/api-key',
  ];
  const facts = [
    ['command', `\`${command}\``],
    ['date', new Date().toISOString().slice(0, 10)],
    [
      'machine',
      `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    ],
    [
      'cores',
      canPin
        ? 'what is measured on one; load and PostgreSQL on another'
        : 'not pinned: there is no taskset here',
    ],
    ['Node.js', process.version],
    ['PostgreSQL', house.postgresVersion],
    ['interactions', house.interactions.toLocaleString('en-US')],
    ['packages', packages.map((name) => `${name} ${versionOf(name)}`).join(', ')],
  ];
  return [
    '# How fast',
    '',
    'Written by `npm run bench`; nothing here is edited. Everybody takes a turn in each round. Figures are medians of the',
    'rounds; a ratio is the median of the ratios within each round, with the least and the greatest of them in brackets.',
    '',
    '| | |',
    '| --- | --- |',
    ...facts.map(([name, value]) => `| ${name} | ${value} |`),
    '',
  ].join('\n');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    cleanUp();
    process.exit(1);
  });
}
try {
  const given = options();
  if (given === undefined) process.stdout.write(`${usage}\n\nCases: ${Object.keys(cases).join(', ')}.\n`);
  else await run(given);
} catch (error) {
  process.exitCode = error instanceof TypeError ? 2 : 1;
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
}
cleanUp();
// Whatever a failed case left open must not keep the process.
process.exit();
