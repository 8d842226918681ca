// What a person sees of an import: a progress bar on a terminal and plain lines elsewhere, rejected records with their
// place and reason, and a summary of each file.

import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import { type CommandLine, legible, printTo } from './command-line.ts';
import type { FileResult } from './import-file.ts';
import type { ImportFile } from './import-files.ts';
import { Pace } from './import-pace.ts';
import type { Rejects } from './import-rejects.ts';
import type { Rejection } from './record-source.ts';

const linesPerFile = 100;
const recordsPerLine = 100_000;
const recordsPerRefresh = 1_000;
const number = new Intl.NumberFormat('en-US');

/** Told how the import of one file goes. */
export interface FileReport {
  bytesRead(bytes: number): void;
  /** How many so far. */
  recordsRead(records: number): void;
  rejected(rejection: Rejection): void;
  /** Call it at the end, however that came. */
  stop(): void;
  /** Call it once, after that. Only then are rejected records told. */
  finish(result: FileResult): Promise<void>;
}

export interface ReportOptions {
  line: CommandLine;
  file: ImportFile;
  /** Nothing is written, so nothing is inserted or updated. */
  dryRun: boolean;
  rejects: Rejects;
}

export function startReport(options: ReportOptions): FileReport {
  const { line, file, rejects } = options;
  const progress = line.stderr.isTTY ? progressBar(line, file) : progressLines(line, file);
  const rejections: string[] = [];
  return {
    bytesRead: progress.bytesRead,
    recordsRead: progress.recordsRead,
    rejected(rejection) {
      rejects.add(file, rejection);
      if (rejections.length < linesPerFile) rejections.push(rejectionOf(file, rejection));
    },
    stop: progress.stop,
    async finish(result) {
      const notes = [
        ...rejections,
        ...furtherRejections(result, rejections.length),
        ...unknownFieldNotes(file, result),
      ];
      for (const note of notes) await printTo(line.stderr, note);
      if (result.failure) await printTo(line.stderr, result.failure);
      await printTo(line.stdout, summaryOf(file, result, options.dryRun));
    },
  };
}

function progressBar(line: CommandLine, file: ImportFile) {
  const pace = new Pace(file);
  const share = file.size === undefined ? '' : ' [{bar}] {percentage}%,';
  // It hides no cursor and handles no signal, so that Ctrl-C leaves the terminal as it was.
  const bar = new SingleBar({
    format: `${legible(basename(file.name))}${share} {pace}`,
    barsize: 20,
    stream: line.stderr,
    clearOnComplete: true,
    gracefulExit: false,
    linewrap: true,
  });
  bar.start(file.size ?? 1, 0, { pace });
  return {
    bytesRead(bytes: number) {
      pace.bytes += bytes;
      bar.increment(file.size === undefined ? 0 : bytes);
    },
    recordsRead(records: number) {
      pace.records = records;
      if (records % recordsPerRefresh === 0) bar.update({ pace });
    },
    stop: () => bar.stop(),
  };
}

function progressLines(line: CommandLine, file: ImportFile) {
  const pace = new Pace(file);
  return {
    bytesRead(bytes: number) {
      pace.bytes += bytes;
    },
    recordsRead(records: number) {
      pace.records = records;
      if (records % recordsPerLine === 0) line.stderr.write(`${legible(file.name)}: ${pace}\n`);
    },
    stop: () => {},
  };
}

function rejectionOf(file: ImportFile, { place, problems }: Rejection): string {
  const where =
    place.line === undefined ? `record ${place.record}` : `record ${place.record} (line ${place.line})`;
  return `${file.name}: ${where} was rejected: ${problems.join('; ')}.`;
}

function furtherRejections(result: FileResult, told: number): string[] {
  return result.rejected > told ? [`… and ${number.format(result.rejected - told)} more.`] : [];
}

function unknownFieldNotes(file: ImportFile, result: FileResult): string[] {
  const note = (records: number, field: string) =>
    `${file.name}: ${records === 1 ? '1 record has' : `${number.format(records)} records have`} ${field} ` +
    'that this version does not know; it was left out.';
  const { unknownFields, otherUnknownFields } = result;
  const other =
    unknownFields.size === 0 ? 'a field of an unusual name' : 'a field of yet another or an unusual name';
  return [
    ...[...unknownFields].map(([field, records]) => note(records, `a field "${field}"`)),
    ...(otherUnknownFields === 0 ? [] : [note(otherUnknownFields, other)]),
  ];
}

function summaryOf(file: ImportFile, result: FileResult, dryRun: boolean): string {
  const { read, inserted, updated, unchanged, rejected } = result;
  const counts: Record<string, number> = dryRun
    ? { read, valid: read - rejected, rejected }
    : { read, inserted, updated, unchanged, rejected };
  const told = Object.entries(counts).map(([what, count]) => `${number.format(count)} ${what}`);
  return `${file.name}: ${told.join(', ')}${dryRun ? ' (dry run: nothing was written)' : ''}`;
}
