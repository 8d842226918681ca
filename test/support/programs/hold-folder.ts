// A process that takes and releases the lock of a folder as it is told on standard input, one word a line.

import { createInterface } from 'node:readline';
import { type FolderLock, lockFolder } from '../../../src/db/folder-lock.ts';

const [folder = '', purpose = 'latchkey test'] = process.argv.slice(2);
let lock: FolderLock | undefined;

const answers: Record<string, () => Promise<string>> = {
  take: async () => {
    try {
      lock = await lockFolder(folder, purpose);
      return 'held';
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  },
  release: async () => {
    await lock?.release();
    return 'released';
  },
};

console.log('ready');
for await (const word of createInterface(process.stdin)) console.log(await answers[word]?.());
