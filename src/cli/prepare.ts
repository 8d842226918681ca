// What a start does with the database before the server may answer: brings it up to date, arranges the first start, and
// checks the keys. A database that cannot answer yet is waited for; what can never work ends the start.

import { setTimeout as pause } from 'node:timers/promises';
import { arrangeFirstStart, type FirstAdmin } from '../auth/first-start.ts';
import { checkSigningKeys } from '../auth/signing-keys.ts';
import type { Config } from '../config.ts';
import { loadSample } from '../db/data/sample.ts';
import { MigrationBlockedError } from '../db/migrate.ts';
import { deleteServerState, readServerState } from '../db/server-state.ts';
import { StandbyError } from '../db/standby.ts';
import { isDatabaseUnavailable, isRefusedLogin } from '../db/unavailable.ts';
import type { Log } from '../log.ts';
import { bringUpToDate, type CommandLine, type House, printTo } from './command-line.ts';
import { firstCommands } from './first-commands.ts';
import { isFirstWorker } from './workers.ts';

export interface Preparation {
  line: CommandLine;
  house: House;
  log: Log;
  /** Heeded between two steps and while waiting. */
  stopping: AbortSignal;
  /** Called once requests can be answered; sample records may follow. */
  serve: () => void;
}

/** Milliseconds until another try, at most; the first comes twenty times sooner. */
const longestPauseMs = 10_000;

/** Prepares the house, however long its database takes to answer. Every step may be done again. */
export async function prepare(preparation: Preparation): Promise<void> {
  const { house, log, stopping } = preparation;
  for (
    let pauseMs = longestPauseMs / 20;
    !stopping.aborted;
    pauseMs = Math.min(2 * pauseMs, longestPauseMs)
  ) {
    try {
      return await takeSteps(preparation);
    } catch (error) {
      if (!isWorthWaiting(house, error)) throw error;
      // Instances that lost the same database should not all come back in the same moment.
      const retryInMs = Math.round(pauseMs * (0.5 + Math.random() / 2));
      log.warn({ database: addressOf(house.config), reason: reasonOf(error), retryInMs }, waitingForDatabase);
      await pause(retryInMs, undefined, { signal: stopping }).catch(() => {});
    }
  }
}

const waitingForDatabase = 'waiting for the database: it cannot be reached or cannot answer yet';

const reasonOf = (error: unknown): string | undefined => {
  const { code, message } = error as { code?: string; message?: string };
  return error instanceof MigrationBlockedError || error instanceof StandbyError
    ? message
    : (code ?? message);
};

/** Not for a login that is refused, which is a setting to correct, nor for the embedded database, which is in here. */
const isWorthWaiting = ({ engine }: House, error: unknown): boolean =>
  engine === 'postgres' && isDatabaseUnavailable(error) && !isRefusedLogin(error);

/** Without user and password. */
const addressOf = ({ databaseUrl }: Config): string | undefined => {
  const { host, pathname } = new URL(databaseUrl ?? '');
  return host + pathname;
};

async function takeSteps({ line, house, stopping, serve }: Preparation): Promise<void> {
  const { db, keys, config } = house;
  await bringUpToDate(house);
  if (stopping.aborted) return;
  let firstAdmin: FirstAdmin | undefined;
  await arrangeFirstStart(db, keys, {
    ...config,
    now: new Date(),
    announce: async (admin) => {
      firstAdmin = admin;
      await printTo(line.stdout, introduction(admin));
    },
  });
  await checkSigningKeys(db, keys, new Date());
  if (stopping.aborted) return;
  serve();
  await finishSampleData({ db, config });
  if (!stopping.aborted && isFirstWorker()) await printTo(line.stdout, welcome(config, firstAdmin));
}

// The first start notes that sample records are wanted; a start that was killed while making them is caught up with.
async function finishSampleData({ db, config }: Pick<House, 'db' | 'config'>): Promise<void> {
  const wanted = (await readServerState(db, 'sample_data')) as
    | { organizationId: string; until: string }
    | undefined;
  if (!wanted) return;
  if (config.sampleData) await loadSample(db, wanted.organizationId, { now: new Date(wanted.until) });
  await deleteServerState(db, 'sample_data');
}

const introduction = ({ email, firstPassword }: FirstAdmin) => `
Latchkey is set up. Its first Super Admin signs in with

  e-mail    ${email}
  password  ${firstPassword ?? 'as given in LATCHKEY_ADMIN_PASSWORD'}
${firstPassword ? '\nThe password is shown this once.\n' : ''}`;

const welcome = (config: Config, admin: FirstAdmin | undefined) => `
Latchkey is listening at ${addressesOf(config)}   (GraphiQL: ${config.publicUrl}/graphql)
${admin ? firstCommands(config.publicUrl, admin.email, admin.firstPassword ?? '<LATCHKEY_ADMIN_PASSWORD>') : ''}`;

/** Behind a proxy there are two. */
function addressesOf({ host, port, publicUrl }: Config): string {
  const here = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const isHere = publicUrl === here || publicUrl === `http://localhost:${port}`;
  return isHere ? publicUrl : `${here}, and clients find it at ${publicUrl}`;
}
