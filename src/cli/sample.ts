// `latchkey sample`: fills an organisation with invented records of any number, to try things out and to measure them.

import { Command, InvalidArgumentError } from 'commander';
import type { DataResource } from '../db/data/resources.ts';
import { resourceSlug } from '../db/data/resources.ts';
import { conversationsFor, defaultSampleSize, loadSample } from '../db/data/sample.ts';
import { type CommandLine, organizationFor, printTo, withDatabase } from './command-line.ts';

interface SampleOptions {
  rows: number;
  seed: number;
  days: number;
  until: Date;
  organization?: string;
}

export function sampleCommand(line: CommandLine): Command {
  return new Command('sample')
    .description('Make invented records of all five resources. The same options make the same records.')
    .option('--rows <number>', 'about how many records in all', toNumber(1, 100_000_000), 4_000)
    .option(
      '--seed <number>',
      'another one makes other records',
      toNumber(0, 2 ** 31 - 1),
      defaultSampleSize.seed,
    )
    .option(
      '--days <number>',
      'how many days they are spread over',
      toNumber(1, 3_650),
      defaultSampleSize.days,
    )
    .option('--until <date>', 'the day before which they end (default: today)', toDate)
    .option('--organization <slug>', 'whose records they are; needed when there are several')
    .action((options: Omit<SampleOptions, 'until'> & { until?: Date }) =>
      runSample(line, { until: new Date(), ...options }),
    );
}

const toNumber = (least: number, most: number) => (written: string) => {
  const value = /^\d{1,10}$/.test(written) ? Number(written) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It should be a whole number from ${least} to ${most}.`);
};

function toDate(written: string): Date {
  const date = new Date(`${written}T00:00:00.000Z`);
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(written)) return date;
  throw new InvalidArgumentError('It should be a day such as 2026-01-31.');
}

async function runSample(
  line: CommandLine,
  { rows, seed, days, until, organization }: SampleOptions,
): Promise<void> {
  const size = { seed, days, until, conversations: conversationsFor(rows), now: new Date() };
  await withDatabase(line, 'latchkey sample', async ({ db }) => {
    const { id, name } = await organizationFor(db, organization);
    const counts = await loadSample(db, id, size);
    await printTo(line.stdout, `${name} now has these sample records: ${summaryOf(counts)}.`);
  });
}

function summaryOf(counts: Record<DataResource, number>): string {
  const number = new Intl.NumberFormat('en-US');
  const resources = Object.keys(counts) as DataResource[];
  return resources
    .map((resource) => `${number.format(counts[resource])} ${resourceSlug(resource)}`)
    .join(', ');
}
