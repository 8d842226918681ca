// Where the server's log goes: standard error, without ever waiting for whoever reads it. Lines that cannot be written
// are counted and left out; a log that is stuck or full must not hold up requests.

import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Characters that may wait for a pipe that is full. */
const mostWaiting = 1_000_000;

/** Lines for a stream; after some had to be left out, the next one to be written is preceded by their number. */
export function logDestination(stream: Writable & { fd?: number }): { write(line: string): void } {
  const write = stream instanceof Socket || stream.fd === undefined ? toPipe(stream) : toFile(stream.fd);
  let lost = 0;
  return {
    write(line) {
      if (lost > 0 && write(lossLine(lost))) lost = 0;
      if (lost > 0 || !write(line)) lost += 1;
    },
  };
}

/** Returns whether the line was taken. */
type TryToWrite = (line: string) => boolean;

/** Node writes to a pipe at once when there is room, and keeps the rest in memory when there is not. */
function toPipe(stream: Writable): TryToWrite {
  // Its reader went away: no reason to go as well.
  stream.on('error', () => {});
  return (line) => {
    if (!stream.writable || stream.writableLength > mostWaiting) return false;
    stream.write(line);
    return true;
  };
}

/** Node's own stream of a file is of no use any more after the disk was full once. */
const toFile =
  (fd: number): TryToWrite =>
  (line) => {
    try {
      writeSync(fd, line);
      return true;
    } catch {
      return false;
    }
  };

const lossLine = (lines: number): string =>
  `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), lines, msg: 'log lines were lost: they could not be written' })}\n`;
