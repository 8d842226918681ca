import { existsSync, openSync } from 'node:fs';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { logDestination } from '../../src/cli/log-destination.ts';

/** A pipe whose reader takes nothing until it is told to. */
function stuckPipe() {
  const taken: string[] = [];
  let letGo = () => {};
  let stuck = true;
  const pipe = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      taken.push(chunk);
      if (stuck) letGo = done;
      else done();
    },
  });
  const read = () => {
    stuck = false;
    letGo();
  };
  return { pipe, taken, read };
}

test('a pipe that nobody reads costs bounded memory, and how much was lost is said when it is read again', async () => {
  const { pipe, taken, read } = stuckPipe();
  const log = logDestination(pipe);
  for (let line = 0; line < 5_000; line++) log.write(`${'x'.repeat(999)}\n`);
  expect(pipe.writableLength).toBeLessThan(1_100_000);
  read();
  while (pipe.writableLength > 0) await new Promise((resolve) => setImmediate(resolve));
  log.write('after\n');
  const kept = taken.filter((line) => line.startsWith('xxx')).length;
  expect(JSON.parse(taken.at(-2) ?? '')).toMatchObject({ level: 'warn', lines: 5_000 - kept });
  expect(taken.at(-1)).toBe('after\n');
});

test('a pipe whose reader went away is not written to, and nothing is thrown', async () => {
  const pipe = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  const log = logDestination(pipe);
  log.write('one\n');
  await new Promise((resolve) => setImmediate(resolve));
  log.write('two\n');
  expect(pipe.destroyed).toBe(true);
});

test.runIf(existsSync('/dev/full'))('a file on a full disk throws nothing', () => {
  const file = Object.assign(new Writable(), { fd: openSync('/dev/full', 'w') });
  const log = logDestination(file);
  for (let line = 0; line < 3; line++) expect(() => log.write('line\n')).not.toThrow();
});
