// `latchkey import`: loads the product's Data API records from files, folders, or standard input. Running it again
// with the same records changes nothing.

import { Command, InvalidArgumentError } from 'commander';
import { type DataResource, dataResources, resourceNamed, resourceSlug } from '../db/data/resources.ts';
import { CommandError, type CommandLine, organizationFor, printTo, withDatabase } from './command-line.ts';
import { type FileResult, importFile } from './import-file.ts';
import { findFiles, type ImportFile } from './import-files.ts';
import { noRejects, rejectsAt } from './import-rejects.ts';
import { startReport } from './import-report.ts';
import { nothingStored, type Store, storeIn } from './import-store.ts';

interface ImportOptions {
  resource?: DataResource;
  organization?: string;
  dryRun?: boolean;
  rejects?: string;
}

const number = new Intl.NumberFormat('en-US');
const slugs = dataResources.map(resourceSlug).join(', ');

export function importCommand(line: CommandLine): Command {
  return new Command('import')
    .description("Load the product's Data API records: its JSON files, JSON arrays, or NDJSON.")
    .argument('<paths...>', 'files, folders with files such as conversations.json, or - for standard input')
    .option('--resource <name>', `what the files hold, where they do not say it: ${slugs}`, toResource)
    .option('--organization <slug>', 'whose records they are; needed when there are several')
    .option('--dry-run', 'check the records and write nothing')
    .option('--rejects <file>', 'put rejected records there, one a line, with place and reason')
    .action((paths: string[], options: ImportOptions) => runImport(line, paths, options));
}

function toResource(name: string): DataResource {
  const resource = resourceNamed(name);
  if (resource) return resource;
  throw new InvalidArgumentError(`It should be one of ${slugs}.`);
}

/**
 * @throws CommandError at the end when a record was rejected or a file could not be read; the rest is in by then. What
 *   kept the rest out, such as a database that went away, once it was told how far the import came.
 */
async function runImport(line: CommandLine, paths: readonly string[], options: ImportOptions): Promise<void> {
  const files = await findFiles(paths, line.stdin);
  const results = options.dryRun
    ? await importFiles(line, files, options, pretend)
    : await withDatabase(line, 'latchkey import', async ({ db }) => {
        const organization = await organizationFor(db, options.organization);
        // One stamp for the whole run, as the product has one for each of its loads.
        const now = new Date();
        return importFiles(line, files, options, storeIn(db, organization.id, now));
      });
  const problem = problemOf(results, options.dryRun ?? false);
  if (problem !== undefined) throw new CommandError(problem);
}

async function importFiles(
  line: CommandLine,
  files: readonly ImportFile[],
  options: ImportOptions,
  store: Store,
): Promise<FileResult[]> {
  const { resource, dryRun = false } = options;
  const rejects = options.rejects === undefined ? noRejects : await rejectsAt(options.rejects, files);
  const results: FileResult[] = [];
  for (const file of files) {
    const report = startReport({ line, file, dryRun, rejects });
    const result = await importFile({ file, resource, store, report }).finally(report.stop);
    await report.finish(result);
    results.push(result);
    if (result.interruption !== undefined) break;
  }
  const note = rejects.close();
  if (note !== undefined) await printTo(line.stderr, note);
  const interruption = results.at(-1)?.interruption;
  if (interruption === undefined) return results;
  await printTo(line.stderr, interruptedAfter(results));
  throw interruption;
}

/** The batch whose answer was lost may be in as well. */
function interruptedAfter(results: readonly FileResult[]): string {
  const stored = results.reduce(
    (sum, { inserted, updated, unchanged }) => sum + inserted + updated + unchanged,
    0,
  );
  return (
    `The import stopped before its end. ${number.format(stored)} ${stored === 1 ? 'record is' : 'records are'} in, ` +
    'and perhaps a thousand more. Run it again when the cause is mended: records that are in stay as they are.'
  );
}

const pretend: Store = async () => nothingStored();

function problemOf(results: readonly FileResult[], dryRun: boolean): string | undefined {
  const rejected = results.reduce((sum, result) => sum + result.rejected, 0);
  const failed = results.filter((result) => result.failure !== undefined).length;
  if (rejected === 0 && failed === 0) return undefined;
  const problems = [
    ...(rejected > 0 ? [`${rejected} ${rejected === 1 ? 'record was' : 'records were'} rejected`] : []),
    ...(failed > 0 ? [`${failed} ${failed === 1 ? 'file' : 'files'} could not be read to the end`] : []),
  ];
  return `${problems.join(', and ')}${dryRun ? '.' : '; everything else is in.'}`;
}
