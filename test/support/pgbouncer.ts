// A real PgBouncer between servers and their PostgreSQL, with the settings of docs/scaling.md: where there is one that
// knows prepared statements.

import { spawn, spawnSync } from 'node:child_process';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { freePort, unprivilegedUser } from './postgres-server.ts';

const program = process.env.PGBOUNCER ?? 'pgbouncer';
const found = /^PgBouncer (\d+)\.(\d+)/m.exec(
  spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '',
);
const [major, minor] = [Number(found?.[1]), Number(found?.[2])];

/** Whether there is one, and it is 1.21 or later. */
export const hasPgBouncer = major > 1 || (major === 1 && minor >= 21);
if (!hasPgBouncer)
  console.warn('There is no PgBouncer of 1.21 or later here, nor at $PGBOUNCER: its tests are skipped.');

export interface PgBouncer {
  /** The address of a database by way of it. */
  urlOf(database: string): string;
  stop(): Promise<void>;
}

/** Every code block of a language in docs/scaling.md, in its section on PgBouncer. */
export async function documentedBlocks(language: 'ini' | 'sql'): Promise<string> {
  const page = await readFile(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8');
  const section = page.slice(page.indexOf('## PgBouncer'), page.indexOf('## Read replicas'));
  const blocks = section.matchAll(new RegExp(`^( *)\`\`\`${language}\n(.*?)^ *\`\`\`$`, 'gms'));
  return [...blocks].map(([, , block]) => block).join('\n');
}

/** @param connections how many it may have to a database: fewer than the documented number, so that all are shared */
export async function startPgBouncer(
  serverUrl: string,
  role: string,
  connections: number,
): Promise<PgBouncer> {
  const server = new URL(serverUrl);
  const documented = (await documentedBlocks('ini'))
    .replace(/^latchkey = .*$/m, `* = host=127.0.0.1 port=${server.port} user=${role}`)
    .replace(/^default_pool_size = .*$/m, `default_pool_size = ${connections}`);
  const port = await freePort();
  const here = [`listen_addr = 127.0.0.1`, `listen_port = ${port}`, 'unix_socket_dir =', 'auth_type = any'];
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-pgbouncer-'));
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(settings, `${documented}\n${here.join('\n')}\n`);
  const user = await unprivilegedUser();
  if (user) for (const path of [folder, settings]) await chown(path, user.uid, user.gid);

  let said = '';
  const child = spawn(program, [settings], { ...user, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  const ended = new Promise((resolve) => child.once('close', resolve));
  const urlOf = (database: string) => `postgres://${role}@127.0.0.1:${port}/${database}`;
  for (let attempt = 0; !(await answers(urlOf('postgres'))); attempt += 1) {
    if (child.exitCode !== null || attempt > 100) throw new Error(`PgBouncer did not start:\n${said}`);
    await pause(100);
  }
  return {
    urlOf,
    stop: async () => {
      child.kill('SIGTERM');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    await client.end();
    return true;
  } catch {
    return false;
  }
}
