// Imports one file: reads it record by record, checks each, and hands the good ones on in batches.

import { checkRecord, type DataRecord } from '../db/data/records.ts';
import { type DataResource, resourceSlug } from '../db/data/resources.ts';
import type { Upserted } from '../db/data/upsert.ts';
import { CommandError } from './command-line.ts';
import { Batches } from './import-batches.ts';
import type { ImportFile } from './import-files.ts';
import type { FileReport } from './import-report.ts';
import { openRecords, type RecordSource, type SourceItem } from './record-source.ts';

/** Writes checked records, or only pretends to. */
export type Store = (resource: DataResource, records: readonly DataRecord[]) => Promise<Upserted>;

export interface FileJob {
  file: ImportFile;
  /** What the person says that the file holds; undefined: the file says it. */
  resource: DataResource | undefined;
  store: Store;
  report: FileReport;
}

export interface FileResult extends Upserted {
  read: number;
  rejected: number;
  /** Fields that this version does not store, with the number of records that had them. */
  unknownFields: Map<string, number>;
  /** Why the file could not be read, or not to its end: a whole sentence. */
  failure: string | undefined;
}

const nothingYet = (): FileResult => ({
  read: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  unknownFields: new Map(),
  failure: undefined,
});

/** Imports what it can of a file. What is wrong with the file does not throw: the result and the report say it. */
export async function importFile(job: FileJob): Promise<FileResult> {
  const result = nothingYet();
  await importFrom(job, result).catch(noteIn(result));
  return result;
}

async function importFrom(job: FileJob, result: FileResult): Promise<void> {
  const source = await openRecords(counted(job.file.open(), job.report));
  const resource = resourceOf(job, source);
  const batches = new Batches(async (records) => addCounts(result, await job.store(resource, records)));
  await readItems(source.items, resource, job, { batches, result }).catch(noteIn(result));
  await batches.end();
}

const noteIn = (result: FileResult) => (error: unknown) => {
  if (!(error instanceof CommandError)) throw error;
  result.failure = error.message;
};

async function* counted(bytes: AsyncIterable<Uint8Array>, report: FileReport): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    report.bytesRead(chunk.length);
    yield chunk;
  }
}

/** @throws CommandError when nothing says what the file holds, or when what was asked for contradicts the file */
function resourceOf({ file, resource }: FileJob, source: RecordSource): DataResource {
  if (resource && source.resource && resource !== source.resource) {
    const [says, asked] = [resourceSlug(source.resource), resourceSlug(resource)];
    throw new CommandError(
      `${file.name} says that it holds ${says}, not ${asked}: import it without --resource.`,
    );
  }
  const found = resource ?? source.resource ?? file.resource;
  if (found) return found;
  throw new CommandError(`Nothing says which records ${file.name} holds: name them with --resource.`);
}

async function readItems(
  items: AsyncIterable<SourceItem>,
  resource: DataResource,
  { file, report }: FileJob,
  { batches, result }: { batches: Batches; result: FileResult },
): Promise<void> {
  for await (const item of items) {
    if ('broken' in item) throw new CommandError(`${file.name} ${item.broken}.`);
    result.read += 1;
    const record = accept(item, resource, report, result);
    if (record && 'value' in item) await batches.add(record, item.length);
    report.recordsRead(result.read);
  }
}

/** The record, or undefined when it was rejected and reported. */
function accept(
  item: Exclude<SourceItem, { broken: string }>,
  resource: DataResource,
  report: FileReport,
  result: FileResult,
): DataRecord | undefined {
  const checked =
    'unreadable' in item
      ? { problems: [`the record ${item.unreadable}`] }
      : checkRecord(resource, item.value);
  if ('problems' in checked) {
    result.rejected += 1;
    const { place, text } = item;
    const given = 'unreadable' in item ? { text } : { value: item.value, text };
    report.rejected({ place, problems: checked.problems, given });
    return undefined;
  }
  for (const field of checked.unknownFields) {
    result.unknownFields.set(field, (result.unknownFields.get(field) ?? 0) + 1);
  }
  return checked.record;
}

function addCounts(result: FileResult, counts: Upserted): void {
  result.inserted += counts.inserted;
  result.updated += counts.updated;
  result.unchanged += counts.unchanged;
}
