// One process at a time in a data folder, kept by files in `<folder>/lock`: whoever wants the folder puts up a file of
// its own, complete from its first moment, and then looks whether anyone else's stands for a process that is alive.
// Two that come at once see each other and both step back for a moment, so never both go in. Nothing that a killed
// process leaves behind is ever waited for, and nothing is removed but by the one that has the folder.

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, type ProcessIdentity, sharesPids, thisProcess } from './process-identity.ts';

export interface FolderLock {
  /** Lets others in. Releasing twice is the same as once. */
  release(): Promise<void>;
}

/** What a lock file says. A line break at its end says that its process has the folder and does not only want it. */
interface Holder extends ProcessIdentity {
  purpose: string;
  since: string;
}

/** Another process has the data folder. The message is a whole sentence for the person who started this one. */
export class DatabaseInUseError extends Error {
  constructor(folder: string, holder: Holder) {
    const foreign = !sharesPids(holder);
    const where = foreign ? ` on ${holder.hostname}` : '';
    super(
      `The data folder ${folder} is in use by "${holder.purpose}" (process ${holder.pid}${where}, since ` +
        `${holder.since}). Stop that process, give this one a folder of its own with LATCHKEY_DATA_DIR, or use a ` +
        'PostgreSQL server, which many processes can share, with DATABASE_URL.' +
        (foreign
          ? ` If nothing runs on ${holder.hostname} any more, try again in ${staleMs / 1000} seconds.`
          : ''),
    );
    this.name = 'DatabaseInUseError';
  }
}

const beatMs = 2_000;
/** A process whose pid means nothing here counts as gone when its file has not been touched for this long. */
const staleMs = 15_000;
const attempts = 20;

/**
 * Takes the folder for this process, at once or not at all.
 * @param purpose what this process does, as in "latchkey serve": told to whoever is refused meanwhile.
 * @throws DatabaseInUseError
 */
export async function lockFolder(folder: string, purpose: string): Promise<FolderLock> {
  const place = join(folder, 'lock');
  await mkdir(place, { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt++) {
    const mine = await putUp(place, { ...thisProcess(), purpose, since: new Date().toISOString() });
    const { living, gone } = await readOthers(place, mine);
    if (living === undefined) {
      for (const path of gone) await rm(path, { force: true });
      return hold(mine);
    }
    await rm(mine, { force: true });
    if (living.holds || attempt === attempts) throw new DatabaseInUseError(folder, living.holder);
    await pause(5 + Math.random() * 20 * attempt);
  }
}

/** Under a name that nobody had before, so that nothing said of this file can be meant of another. */
async function putUp(place: string, holder: Holder): Promise<string> {
  const name = randomBytes(12).toString('hex');
  const draft = join(place, `.${name}`);
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
  await rename(draft, join(place, name));
  return join(place, name);
}

interface Claim {
  holder: Holder;
  holds: boolean;
}

async function readOthers(place: string, mine: string): Promise<{ living?: Claim; gone: string[] }> {
  const now = (await stat(mine)).mtimeMs;
  const claims: Claim[] = [];
  const gone: string[] = [];
  for (const name of await readdir(place)) {
    const path = join(place, name);
    const claim = path === mine ? undefined : await readClaim(path, now);
    if (claim === 'gone') gone.push(path);
    else if (claim !== undefined) claims.push(claim);
  }
  const living = claims.find((claim) => claim.holds) ?? claims[0];
  return living === undefined ? { gone } : { living, gone };
}

/** Undefined: not a claim, or withdrawn meanwhile. Ages are measured by the file system's own clock, `now`. */
async function readClaim(path: string, now: number): Promise<Claim | 'gone' | undefined> {
  const found = await Promise.all([readFile(path, 'utf8'), stat(path)]).catch(unlessAbsent);
  if (found === undefined) return undefined;
  const [text, { mtimeMs }] = found;
  const untouched = now - mtimeMs > staleMs;
  if (basename(path).startsWith('.')) return untouched ? 'gone' : undefined;
  const holder = parseHolder(text);
  const alive = holder !== undefined && sharesPids(holder) ? isRunning(holder) : !untouched;
  return alive ? { holder: holder ?? unreadable, holds: text.endsWith('\n') } : 'gone';
}

/** A file cut short by a power failure: nobody can say whose it was. */
const unreadable: Holder = {
  pid: 0,
  hostname: 'an unknown machine',
  purpose: 'an unknown program',
  since: '?',
};

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text);
    return Number.isInteger(holder?.pid) && typeof holder.hostname === 'string' ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Says in the file that the folder is taken, and goes on touching it for those to whom the pid means nothing. */
async function hold(path: string): Promise<FolderLock> {
  const file = await open(path, 'r+');
  await file.write('\n', (await file.stat()).size);
  let released: Promise<void> | undefined;
  const beat = async () => {
    if (released !== undefined) return;
    await file.write('{', 0);
    const present = await stat(path).catch(unlessAbsent);
    if (present === undefined && released === undefined) setImmediate(stop);
  };
  const timer = setInterval(() => void beat().catch(() => {}), beatMs).unref();
  const release = async () => {
    clearInterval(timer);
    await file.close();
    await rm(path, { force: true });
  };
  return {
    release: () => {
      released ??= release();
      return released;
    },
  };
}

/** Outside every promise, so that it ends the process: two that write to one cluster would ruin it. */
function stop(): never {
  throw new Error(
    'The lock of the data folder is gone: it was removed, or another machine took this process for dead. ' +
      'Latchkey stops here so that two processes never write to one database.',
  );
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
