// Imports one file: reads it record by record, checks each, and hands the good ones on in batches.

import { isPlain } from '../db/data/fields.ts';
import { checkRecord, type DataRecord } from '../db/data/records.ts';
import { type DataResource, resourceSlug } from '../db/data/resources.ts';
import type { Upserted } from '../db/data/upsert.ts';
import { CommandError } from './command-line.ts';
import { Batches } from './import-batches.ts';
import type { ImportFile } from './import-files.ts';
import type { FileReport } from './import-report.ts';
import { type Store, storeAllBut } from './import-store.ts';
import { openRecords, type RecordSource, type Rejection, type SourceItem } from './record-source.ts';

/** The names come from the file, which may have a new one in every record. */
const mostUnknownFields = 100;

type ReadItem = Exclude<SourceItem, { broken: string }>;

/** A record that the check let pass, and the item that it was. */
interface Accepted extends Omit<Extract<SourceItem, { value: unknown }>, 'text'> {
  record: DataRecord;
}

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
  /** Fields that this version does not store, a hundred at most, with the number of records that had them. */
  unknownFields: Map<string, number>;
  /** Records with such a field that has no place there: its name is not plain, or it is one of too many. */
  otherUnknownFields: number;
  /** Why the file could not be read, or not to its end: a whole sentence. */
  failure: string | undefined;
  /** What kept the rest of the file out and is not the file's: most often that the database went away. */
  interruption: unknown;
}

const nothingYet = (): FileResult => ({
  read: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  unknownFields: new Map(),
  otherUnknownFields: 0,
  failure: undefined,
  interruption: undefined,
});

/** Imports what it can of a file. It does not throw: the result says what was wrong with the file, or came between. */
export async function importFile(job: FileJob): Promise<FileResult> {
  const result = nothingYet();
  await importFrom(job, result).catch(noteIn(result));
  return result;
}

async function importFrom(job: FileJob, result: FileResult): Promise<void> {
  const source = await openRecords(counted(job.file.open(), job.report));
  const resource = resourceOf(job, source);
  const batches = new Batches<Accepted>(async (batch) => {
    const stored = await storeAllBut(batch, {
      store: (some) => job.store(resource, some.map(recordIn)),
      refused: ({ place, value }, sqlState) =>
        reject(job, result, { place, problems: [refusedBecause(sqlState)], given: { value } }),
    });
    addCounts(result, stored);
  });
  await readItems(source.items, resource, job, { batches, result }).catch(noteIn(result));
  await batches.end();
}

const recordIn = ({ record }: Accepted) => record;

const refusedBecause = (sqlState: string) =>
  `the record holds something that the database refuses (SQLSTATE ${sqlState}): shorten or correct what is unusual in it`;

const noteIn = (result: FileResult) => (error: unknown) => {
  if (error instanceof CommandError) result.failure = error.message;
  else result.interruption = error;
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
  job: FileJob,
  { batches, result }: { batches: Batches<Accepted>; result: FileResult },
): Promise<void> {
  for await (const item of items) {
    if ('broken' in item) throw new CommandError(`${job.file.name} ${item.broken}.`);
    result.read += 1;
    const accepted = accept(item, resource, job, result);
    if (accepted) await batches.add(accepted, accepted.length);
    job.report.recordsRead(result.read);
  }
}

/** Undefined for what was rejected and reported. */
function accept(
  item: ReadItem,
  resource: DataResource,
  job: FileJob,
  result: FileResult,
): Accepted | undefined {
  const { place, text } = item;
  if ('unreadable' in item) {
    reject(job, result, { place, problems: [`the record ${item.unreadable}`], given: { text } });
    return undefined;
  }
  const { value, length } = item;
  const checked = checkRecord(resource, value);
  if ('problems' in checked) {
    reject(job, result, { place, problems: checked.problems, given: { value, text } });
    return undefined;
  }
  countUnknown(result, checked.unknownFields);
  return { record: checked.record, place, value, length };
}

function countUnknown(result: FileResult, fields: readonly string[]): void {
  const { unknownFields } = result;
  let isOther = false;
  for (const field of fields) {
    const found = unknownFields.get(field);
    if (found !== undefined) unknownFields.set(field, found + 1);
    else if (isPlain(field) && unknownFields.size < mostUnknownFields) unknownFields.set(field, 1);
    else isOther = true;
  }
  if (isOther) result.otherUnknownFields += 1;
}

function reject({ report }: FileJob, result: FileResult, rejection: Rejection): void {
  result.rejected += 1;
  report.rejected(rejection);
}

function addCounts(result: FileResult, counts: Upserted): void {
  result.inserted += counts.inserted;
  result.updated += counts.updated;
  result.unchanged += counts.unchanged;
}
