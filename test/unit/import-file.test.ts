// Importing one file, apart from where it comes from and where it goes.

import { expect, it } from 'vitest';
import { CommandError } from '../../src/cli/command-line.ts';
import { importFile } from '../../src/cli/import-file.ts';
import type { Store } from '../../src/cli/import-store.ts';
import { conversation } from '../support/records.ts';

const report = { bytesRead() {}, recordsRead() {}, rejected() {}, stop() {}, finish: async () => {} };
const counts = (inserted: number) => ({ inserted, updated: 0, unchanged: 0 });

interface FileShape {
  /** Thrown at its end: a disk that fails. */
  failure?: Error;
  content?: string;
}

/** A file with this many conversations. */
function fileOf(records: number, { failure, content }: FileShape = {}) {
  async function* open() {
    for (let i = 0; i < records; i += 1)
      yield Buffer.from(`${JSON.stringify(conversation({ id: `c${i}`, detail: { content } }))}\n`);
    if (failure) throw failure;
  }
  return { name: 'conversations.ndjson', resource: 'conversations', size: undefined, open } as const;
}

const importInto = (store: Store, file: ReturnType<typeof fileOf>) =>
  importFile({ file, resource: undefined, store, report });

it('keeps what came before the place where a file cannot be read on', async () => {
  const stored: string[] = [];
  const store: Store = async (_, records) => {
    stored.push(...records.map(({ id }) => id));
    return counts(records.length);
  };
  const failure = new CommandError('conversations.ndjson cannot be read: the disk is gone.');
  const result = await importInto(store, fileOf(1_234, { failure }));
  expect(result).toMatchObject({ read: 1_234, inserted: 1_234, failure: failure.message });
  expect(stored).toHaveLength(1_234);
});

it('writes one batch at a time, and reads the next one meanwhile but no further', async () => {
  const writes: (() => void)[] = [];
  let read = 0;
  let writing = 0;
  const store: Store = async (_, records) => {
    writing += 1;
    expect(writing).toBe(1);
    await new Promise<void>((resolve) => writes.push(resolve));
    writing -= 1;
    return counts(records.length);
  };
  const done = importFile({
    file: fileOf(3_500),
    resource: undefined,
    store,
    report: {
      ...report,
      recordsRead(records) {
        read = records;
      },
    },
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
  for (let batch = 0; batch < 4; batch += 1) {
    while (writes.length === batch) await settled();
    await settled();
    expect(read).toBeLessThan((batch + 2) * 1_000);
    writes[batch]?.();
  }
  expect(await done).toMatchObject({ read: 3_500, inserted: 3_500, failure: undefined });
});

it('ends a batch early when its records are long', async () => {
  const sizes: number[] = [];
  const store: Store = async (_, records) => {
    sizes.push(records.length);
    return counts(records.length);
  };
  // 280,000 characters each: sixty of them are more than 16 MB.
  const result = await importInto(store, fileOf(150, { content: 'x'.repeat(280_000) }));
  expect(result).toMatchObject({ read: 150, inserted: 150 });
  expect(sizes).toEqual([60, 60, 30]);
});

it('is interrupted when the database fails, and writes nothing after that', async () => {
  let writes = 0;
  const store: Store = async () => {
    writes += 1;
    throw new Error('the database is gone');
  };
  const { interruption } = await importInto(store, fileOf(5_000));
  expect(interruption).toMatchObject({ message: 'the database is gone' });
  expect(writes).toBe(1);
});

it('counts a hundred names of fields that it does not know, and the records with further ones together', async () => {
  const record = conversation({ id: 'c' });
  async function* open() {
    for (let i = 0; i < 150; i += 1)
      yield Buffer.from(`${JSON.stringify({ ...record, [`a${i}`]: 1, [`b${i}`]: 1 })}\n`);
  }
  const result = await importFile({
    file: { ...fileOf(0), open },
    resource: undefined,
    store: async (_, records) => counts(records.length),
    report,
  });
  expect(result).toMatchObject({ read: 150, inserted: 150, otherUnknownFields: 100 });
  expect(result.unknownFields.size).toBe(100);
});
