// WEB_CONCURRENCY: several processes behind one port, with PostgreSQL.

import { copyFile, link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedIn } from '../support/actors.ts';
import { buildPrograms } from '../support/child-programs.ts';
import { masterKey } from '../support/master-key.ts';
import { createDatabase, urlOfDatabase } from '../support/postgres-databases.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import {
  cleanUp,
  freePort,
  printedPassword,
  type ServerProcess,
  stackTrace,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';

let postgres: PostgresServer;
let settings: Record<string, string>;
let server: ServerProcess;

beforeAll(async () => {
  postgres = await startPostgres();
  await createDatabase(postgres.url, 'workers', 'template0');
  settings = {
    DATABASE_URL: urlOfDatabase(postgres.url, 'workers'),
    LATCHKEY_MASTER_KEY: masterKey,
    LATCHKEY_SAMPLE_DATA: 'off',
    WEB_CONCURRENCY: '3',
  };
  server = await startServer(settings);
  await server.untilListening();
});
afterAll(async () => {
  await cleanUp();
  await postgres.stop();
});

/** Each request on a connection of its own, so that it may reach any worker. */
const get = async (path: string) =>
  (await fetch(`${server.url}${path}`, { headers: { Connection: 'close' } })).text();

/** What the metrics count over all workers. */
const total = async (series: string): Promise<number> =>
  Number(new RegExp(`^${series} (\\S+)$`, 'm').exec(await get('/metrics'))?.[1] ?? Number.NaN);

/** What the log says with this message. */
const lines = (message: string) =>
  server
    .stderr()
    .split('\n')
    .filter((line) => line.includes(message))
    .map((line) => JSON.parse(line));

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await pause(20);
}

test('a first start prints the password and the commands once, whatever the number of workers', async () => {
  expect(server.stdout().match(/^ {2}password /gm)).toHaveLength(1);
  await until(() => lines('a worker serves').length === 3);
  expect(server.stdout().match(/Latchkey is listening at/g)).toHaveLength(1);
  await signedIn(server.app, 'admin@example.com', printedPassword(server.stdout()));
});

const health = 'http_request_duration_seconds_count\\{route="/livez",status="200"\\}';

test('metrics are those of all workers together, whichever is asked', async () => {
  const before = (await total(health)) || 0;
  for (let i = 0; i < 12; i++) await get('/livez');
  for (let i = 0; i < 4; i++) expect((await total(health)) - before).toBe(12);
});

test('what a worker has counted stays in the metrics while it is stuck', async () => {
  const before = await total(health);
  const stuck = lines('a worker serves')[1]?.pid as number;
  process.kill(stuck, 'SIGSTOP');
  // One of the two may have reached the stuck one, and is answered once that goes on.
  const asked = [total(health), total(health)];
  const seen = await Promise.any(asked);
  process.kill(stuck, 'SIGCONT');
  expect([seen, ...(await Promise.all(asked)), await total(health)]).toEqual([
    before,
    before,
    before,
    before,
  ]);
});

test('a worker that dies is replaced, and the others serve meanwhile; no counter falls', async () => {
  const [worker] = lines('a worker serves').map(({ pid }) => pid as number);
  if (worker === undefined) throw new Error('no worker told its pid');
  const told = await total(health);
  process.kill(worker, 'SIGKILL');
  await until(() => lines('a worker ended').length === 1);
  expect(lines('a worker ended')[0]).toMatchObject({ pid: worker, signal: 'SIGKILL' });
  expect(await get('/readyz')).toBe('{"status":"ok"}');
  expect(await total(health)).toBe(told);
  await until(() => lines('a worker serves').length === 4);
  expect(await total(health)).toBe(told);
  expect(server.stdout().match(/^ {2}password |Latchkey is listening at/gm)).toHaveLength(2);
});

test('what several workers had counted stays when each of them has ended', async () => {
  const told = await total(health);
  for (const { pid } of lines('a worker serves').slice(1)) process.kill(pid, 'SIGKILL');
  await until(() => lines('a worker serves').length === 7);
  expect(await total(health)).toBe(told);
  await get('/livez');
  expect(await total(health)).toBe(told + 1);
});

test('a worker that hangs is killed and replaced, that is told and counted, and nobody waits for its metrics any longer', async () => {
  const programs = await buildPrograms();
  const program = programs.start('workers', '5000');
  const next = async () => (await program.line())?.match(/\d+/g)?.map(Number) ?? [];
  const [[well = 0], [hung = 0]] = [await next(), await next()];
  process.kill(hung, 'SIGSTOP');
  process.kill(well, 'SIGUSR2');
  expect(await next()).toEqual([well, 0]);
  const [other] = await next();
  expect([well, hung]).not.toContain(other);
  process.kill(well, 'SIGUSR2');
  expect(await next()).toEqual([well, 1]);
  const log = program
    .complaints()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(log.filter(({ level }) => level === 'error')).toMatchObject([
    { pid: hung, msg: 'a worker does not answer any more and is killed' },
    { pid: hung, signal: 'SIGKILL', msg: 'a worker ended: another is started' },
  ]);
  await program.end();
  await programs.remove();
});

test('SIGTERM stops every worker, and the status is 0', async () => {
  const workers = lines('a worker serves').map(({ pid }) => pid as number);
  server.send('SIGTERM');
  expect(await server.ended).toBe(0);
  for (const pid of workers) expect(() => process.kill(pid, 0), String(pid)).toThrow('ESRCH');
  expect(server.stderr()).not.toMatch(stackTrace);
});

describe('a worker that cannot be started', () => {
  let folder: string;
  let node: string;
  beforeAll(async () => {
    folder = join(await temporaryFolder(), 'bin');
    await mkdir(folder);
    node = join(folder, 'node');
    await copyFile(process.execPath, node);
  });

  const takeAway = () => rename(folder, `${folder}.away`);
  const putBack = async () => {
    await rm(folder, { force: true });
    await rename(`${folder}.away`, folder);
  };
  const pidsOf = ({ stderr }: ServerProcess) =>
    [...stderr().matchAll(/"pid":(\d+),"msg":"a worker serves"/g)].map(([, pid]) => Number(pid));

  const servesAgain = async (server: ServerProcess) => {
    await putBack();
    await until(() => pidsOf(server).length === 3);
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
  };

  test('is tried again, and the others serve meanwhile', async () => {
    const kept = await startServer({ ...settings, WEB_CONCURRENCY: '2' }, 'read', { node });
    await until(() => pidsOf(kept).length === 2);
    await takeAway();
    process.kill(pidsOf(kept)[0] as number, 'SIGKILL');
    await until(() => kept.stderr().includes('ENOENT'));
    // Node tells of the one after the call, and throws the other.
    await writeFile(folder, '');
    await until(() => kept.stderr().includes('ENOTDIR'));
    expect((await fetch(`${kept.url}/readyz`)).status).toBe(200);
    await servesAgain(kept);
  });

  test('is tried again too when the first one alone could be', async () => {
    const thaw = await postgres.freeze();
    const lonely = await startServer({ ...settings, WEB_CONCURRENCY: '3' }, 'read', { node });
    await until(() => lonely.stderr().includes('waiting for the database'));
    await takeAway();
    await writeFile(folder, '');
    thaw();
    await until(() => lonely.stderr().split('ENOTDIR').length > 2);
    expect((await fetch(`${lonely.url}/readyz`)).status).toBe(200);
    await servesAgain(lonely);
  });

  test('ends the start when it is the first, with the reason', async () => {
    const once = join(await temporaryFolder(), 'node');
    await link(node, once);
    const refused = await startServer({ ...settings, WEB_CONCURRENCY: '2' }, 'read', { node: once });
    await rm(once);
    expect(await refused.ended).toBe(1);
    expect(refused.stderr()).toMatch(
      /^A process for the server could not be started \(ENOENT\)\. Check .*\.$/m,
    );
    expect(refused.stderr()).not.toMatch(stackTrace);
  });
});

test('workers drain for as long as they are told to, and only one that is stuck is killed, and that is told', async () => {
  const drainMs = 31_000;
  const draining = await startServer({
    ...settings,
    WEB_CONCURRENCY: '2',
    LATCHKEY_DRAIN_MS: String(drainMs),
  });
  const stuck = await startServer({ ...settings, WEB_CONCURRENCY: '2' });
  const served = ({ stderr }: ServerProcess) => stderr().match(/"a worker serves"/g)?.length === 2;
  await until(() => served(draining) && served(stuck));
  const [, pid] = /"pid":(\d+),"msg":"a worker serves"/.exec(stuck.stderr()) ?? [];
  process.kill(Number(pid), 'SIGSTOP');
  for (const server of [draining, stuck]) server.send('SIGTERM');
  expect(await Promise.all([draining.ended, stuck.ended])).toEqual([0, 0]);
  expect(draining.stderr().match(/"msg":"stopped"/g)).toHaveLength(2);
  expect(draining.stderr()).not.toContain('"level":"error"');
  expect(stuck.stderr().match(/"msg":"stopped"/g)).toHaveLength(1);
  expect(stuck.stderr()).toMatch(new RegExp(`"level":"error".*"pid":${pid},.*is killed`));
}, 90_000);

test('when the primary is killed, no worker stays behind and the port is free', async () => {
  const killed = await startServer(settings);
  await killed.untilListening();
  const told = () => [...killed.stderr().matchAll(/"pid":(\d+),"msg":"a worker serves"/g)];
  await until(() => told().length === 3);
  killed.send('SIGKILL');
  expect(await killed.ended).toBe('SIGKILL');
  for (const [, pid] of told()) {
    await until(() => {
      try {
        return !process.kill(Number(pid), 0);
      } catch {
        return true;
      }
    });
  }
  const again = await startServer({ ...settings, PORT: String(killed.port) });
  await again.untilListening();
  again.send('SIGTERM');
  expect(await again.ended).toBe(0);
});

test('a start that cannot serve ends with its reason said once, and status 1', async () => {
  const blocked = await startServer({ ...settings, PORT: String(new URL(postgres.url).port) });
  expect(await blocked.ended).toBe(1);
  expect(blocked.stderr().match(/is in use/g)).toHaveLength(1);
  expect(blocked.stderr()).not.toMatch(stackTrace);
});

test('the embedded database refuses more than one process in a clear sentence', async () => {
  const refused = await startServer({ WEB_CONCURRENCY: '2', PORT: String(await freePort()) });
  expect(await refused.ended).toBe(1);
  expect(refused.stderr()).toContain('WEB_CONCURRENCY above 1 needs DATABASE_URL');
});
