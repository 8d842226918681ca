// The pipelines of examples/, as people run them: programs of their own against a live server.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { DataRecord } from '../../src/db/data/records.ts';
import { loadSample } from '../../src/db/data/sample.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import type { ScopeName } from '../../src/scopes.ts';
import { RevokeCredentialDocument } from '../operations/documents.ts';
import { type Caller, createApiKey, createClient, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Gateway, type Mishap, startGateway } from '../support/gateway.ts';
import { RestReader } from '../support/rest.ts';
import { cleanUp, root, stackTrace, temporaryFolder } from '../support/server-process.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('There is no python3 here: the tests of examples/export.py are skipped.');

interface Run {
  status: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

let app: TestApp;
let admin: Caller;
let reader: RestReader;
const gateways: Gateway[] = [];
const running = new Map<ChildProcess, Promise<Run>>();

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  const until = new Date('2026-06-01T00:00:00.000Z');
  const size = { seed: 7, conversations: 600, days: 6, until, now: app.clock.now() };
  await loadSample(app.db, app.organization.id, size);
  reader = new RestReader(app, (await createApiKey(admin, ['INTERACTIONS', 'USERS'])).apiKey);
});
afterAll(async () => {
  for (const [child, ended] of running) {
    child.kill('SIGKILL');
    await ended;
  }
  for (const gateway of gateways) await gateway.close();
  await cleanUp();
  await app.close();
});

const revoke = (credential: { id: string }) =>
  admin.run(RevokeCredentialDocument, { input: { id: credential.id } });

async function gatewayWith(mishap: (path: string, place: number) => Mishap | Promise<Mishap>) {
  const gateway = await startGateway(app.url, mishap);
  gateways.push(gateway);
  return gateway;
}

/** Starts a program with this environment and nothing else of the machine's. `kill` is kill -9. */
function start(program: string, args: string[], env: Record<string, string>, cwd: string) {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk) => {
      said[name] += chunk;
    });
  const ended = once(child, 'close').then(([status, signal]): Run => {
    running.delete(child);
    return { status: signal ?? status, ...said };
  });
  running.set(child, ended);
  return { ended, kill: () => child.kill('SIGKILL') };
}

/** The records of a file whose every line should be whole. */
async function linesOf(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, 'utf8');
  expect(text.at(-1)).toBe('\n');
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

test.each(['sync.ts', 'export.py'])('%s has less than 60 lines', async (name) => {
  const text = await readFile(join(root, 'examples', name), 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThan(60);
});

describe('sync.ts', () => {
  type Interaction = DataRecord<'interactions'>;
  const stored = async () => (await reader.all('v1/records/interactions')) as unknown as Interaction[];
  const load = (records: Interaction[]) =>
    upsertRecords(app.db, app.organization.id, 'interactions', records, app.clock.now());

  /** A folder with a copy in it, and a client of its own that keeps it. */
  async function copy(scopes: ScopeName[] = ['INTERACTIONS']) {
    const folder = await temporaryFolder();
    const { credential, clientId, clientSecret } = await createClient(admin, scopes);
    const begin = (url = app.url, nodeOptions: string[] = []) => {
      const env = {
        LATCHKEY_URL: url,
        LATCHKEY_CLIENT_ID: clientId,
        LATCHKEY_CLIENT_SECRET: clientSecret,
      };
      const program = join(root, 'dist/examples/sync.js');
      return start(process.execPath, [...nodeOptions, program], env, folder);
    };
    const file = join(folder, 'interactions-copy.ndjson');
    const rows = () => linesOf(file);
    return { folder, file, credential, clientSecret, begin, rows, run: (url?: string) => begin(url).ended };
  }

  const succeeded: Run = { status: 0, stdout: '', stderr: '' };
  const idsOf = (records: { id?: unknown }[]) => records.map(({ id }) => id);
  const asCopied = (record: Interaction) => ({
    id: record.id,
    createdTime: record.created_time,
    lastUpdatedTime: record.last_updated_time,
    conversationId: record.conversation_id,
    userId: record.user_id,
  });

  async function expectWhole(rows: Record<string, unknown>[]) {
    const last = new Map(rows.map((row) => [row.id, row]));
    const records = await stored();
    expect(last.size).toBe(records.length);
    for (const record of records) expect(last.get(record.id)).toMatchObject(asCopied(record));
  }

  it('copies every record once, then nothing, then exactly those that are new or changed', async () => {
    const { run, rows, folder } = await copy();
    expect(await run()).toEqual(succeeded);
    const first = await rows();
    expect(first.length).toBeGreaterThan(1_000);
    expect(new Set(idsOf(first)).size).toBe(first.length);
    await expectWhole(first);

    expect(await run()).toEqual(succeeded);
    expect(await rows()).toEqual(first);

    const [a, b, c] = (await stored()) as [Interaction, Interaction, Interaction];
    const again = { ...a, last_updated_time: '2026-06-02T06:00:00.000Z' };
    const earlier = { ...b, last_updated_time: '2020-01-01T06:00:00.000Z' };
    const late = { ...c, id: 'late', last_updated_time: '2020-01-01T06:00:00.000Z' };
    await load([again, earlier, late, c]);
    expect(await run()).toEqual(succeeded);
    const all = await rows();
    expect(all.slice(0, first.length)).toEqual(first);
    expect(idsOf(all.slice(first.length)).sort()).toEqual(idsOf([again, earlier, late]).sort());
    await expectWhole(all);
    expect((await readdir(folder)).sort()).toEqual([
      'interactions-copy.ndjson',
      'interactions-copy.ndjson.watermark',
    ]);
  });

  it('that was killed goes on from its watermark, with nothing lost, repeated, or half', async () => {
    const { begin, run, rows, file } = await copy();
    const gateway = await gatewayWith((path) => {
      const pages = gateway.asked.filter((asked) => asked === '/graphql').length;
      if (path === '/graphql' && pages === 2) child.kill();
      return undefined;
    });
    const child = begin(gateway.url);
    expect((await child.ended).status).toBe('SIGKILL');
    expect(await rows()).toHaveLength(1_000);
    // It may as well have been killed while it wrote.
    await appendFile(file, '{"id":"whole"}\n{"id":"ha');
    expect(await run()).toEqual(succeeded);
    const all = await rows();
    expect(new Set(idsOf(all)).size).toBe(all.length);
    await expectWhole(all);
  });

  it('does not go on with a file that has lost lines', async () => {
    const { run, file } = await copy();
    await run();
    await truncate(file, 10);
    const { status, stderr } = await run();
    expect(status).toBe(1);
    expect(stderr).toBe(
      'interactions-copy.ndjson has lost lines. Remove it and interactions-copy.ndjson.watermark to begin anew.\n',
    );
  });

  it('leaves a file alone that something else has written', async () => {
    const { run, file } = await copy();
    await writeFile(file, 'precious\n');
    expect(await run()).toMatchObject({
      status: 1,
      stderr: 'interactions-copy.ndjson is not of this program. Move it, or name another file.\n',
    });
    expect(await readFile(file, 'utf8')).toBe('precious\n');
  });

  it('waits as long as a busy server asks, for a token and for a page', async () => {
    const { run, rows } = await copy();
    const times: number[] = [];
    const gateway = await gatewayWith((_path, place) => {
      times.push(performance.now());
      return place === 0 || place === 2 ? { busyForSeconds: 1 } : undefined;
    });
    expect(await run(gateway.url)).toEqual(succeeded);
    const [token, page] = ['/oauth/v1/token', '/graphql'];
    expect(gateway.asked.slice(0, 4)).toEqual([token, token, page, page]);
    for (const busy of [0, 2])
      expect((times[busy + 1] ?? 0) - (times[busy] ?? 0)).toBeGreaterThanOrEqual(990);
    await expectWhole(await rows());
  });

  it('gets a new token once when the one it has is refused', async () => {
    const { run, rows } = await copy();
    const gateway = await gatewayWith((_path, place) => {
      if (place === 2) app.clock.advance(3_601);
      return undefined;
    });
    expect(await run(gateway.url)).toEqual(succeeded);
    const [token, page] = ['/oauth/v1/token', '/graphql'];
    expect(gateway.asked.slice(0, 5)).toEqual([token, page, page, token, page]);
    const all = await rows();
    expect(new Set(idsOf(all)).size).toBe(all.length);
    await expectWhole(all);
  });

  it('renews its token before it runs out', async () => {
    const { begin, rows } = await copy();
    const gateway = await gatewayWith(() => undefined);
    // Of the hour that a token lives, 55 minutes pass between two looks at the clock. The server's stands, so that no
    // token is ever refused.
    const hasty = 'let looks = 0; const { now } = Date; Date.now = () => now() + 3_300_000 * looks++;';
    const { ended } = begin(gateway.url, ['--import', `data:text/javascript,${encodeURIComponent(hasty)}`]);
    expect(await ended).toEqual(succeeded);
    const asked = (path: string) => gateway.asked.filter((one) => one === path).length;
    expect(asked('/oauth/v1/token')).toBeGreaterThan(1);
    const all = await rows();
    expect(asked('/graphql')).toBe(Math.ceil(all.length / 1_000));
    await expectWhole(all);
  });

  it('stops when its client is revoked, between runs and within one, and says so', async () => {
    const { run, rows, credential, clientSecret } = await copy();
    const gateway = await gatewayWith(async (_path, place) => {
      if (place === 2) await revoke(credential);
      return undefined;
    });
    for (const url of [gateway.url, app.url]) {
      const { status, stdout, stderr } = await run(url);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toBe('The client id and secret are wrong or were revoked.\n');
      expect(stderr).not.toContain(clientSecret);
      expect(await rows()).toHaveLength(1_000);
    }
  });

  it('says what is wrong when its client may not read interactions', async () => {
    const { run } = await copy(['USERS']);
    const { status, stderr } = await run();
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^INVALID_SCOPE: A requested scope is unknown or not granted to this client\. .+\n$/,
    );
    expect(stderr).not.toMatch(stackTrace);
  });
});

describe.skipIf(!hasPython)('export.py', () => {
  /** Runs it in a folder of its own, or where it ran before. */
  async function run(options: { key?: string; url?: string; resource?: string; folder?: string }) {
    const folder = options.folder ?? (await temporaryFolder());
    const resource = options.resource ?? 'interactions';
    const key = options.key ?? (await createApiKey(admin, ['INTERACTIONS'])).apiKey;
    const env = { LATCHKEY_URL: options.url ?? app.url, LATCHKEY_API_KEY: key };
    const { ended } = start('python3', [join(root, 'examples/export.py'), resource], env, folder);
    return { ...(await ended), files: await readdir(folder), path: join(folder, `${resource}.ndjson`) };
  }

  const listed = (resource = 'interactions') => reader.all(`v1/records/${resource}`);
  const succeeded = { status: 0, stdout: '', stderr: '' };

  it.each(['interactions', 'users'])(
    'writes the %s as the list has them, each time anew',
    async (resource) => {
      const folder = await temporaryFolder();
      const key = (await createApiKey(admin, ['INTERACTIONS', 'USERS'])).apiKey;
      const whole = await listed(resource);
      for (let time = 0; time < 2; time += 1) {
        const ran = await run({ resource, folder, key });
        expect(ran).toMatchObject({ ...succeeded, files: [`${resource}.ndjson`] });
        expect(await linesOf(ran.path)).toEqual(whole);
      }
    },
  );

  it('goes on after the last whole line of a file that a run left unfinished', async () => {
    const folder = await temporaryFolder();
    const records = await listed();
    const [whole, unfinished] = records.slice(700, 702).map((record) => JSON.stringify(record));
    // With one whole line alone it shows below that those before it were not asked for again.
    const part = `${whole}\n${unfinished?.slice(0, 40)}`;
    await writeFile(join(folder, 'interactions.ndjson.part'), part);
    const ran = await run({ folder });
    expect(ran).toMatchObject({ ...succeeded, files: ['interactions.ndjson'] });
    expect(await linesOf(ran.path)).toEqual(records.slice(700));
  });

  it('goes on by itself after each cut, and ends with the whole', async () => {
    const gateway = await gatewayWith((_path, place) =>
      place < 3 ? { cutAfterBytes: 20_000 * place } : undefined,
    );
    const ran = await run({ url: gateway.url });
    expect(ran).toMatchObject(succeeded);
    expect(await linesOf(ran.path)).toEqual(await listed());
    expect(gateway.asked).toHaveLength(4);
    expect(gateway.asked.at(-1)).toMatch(/\?after=./);
  });

  it('waits as long as a busy server asks', async () => {
    const times: number[] = [];
    const gateway = await gatewayWith((_path, place) => {
      times.push(performance.now());
      return place === 0 ? { busyForSeconds: 2 } : undefined;
    });
    expect(await run({ url: gateway.url })).toMatchObject(succeeded);
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1_990);
  });

  it('stops with a sentence when its key is revoked in the middle, and keeps what it has', async () => {
    const { apiKey, credential } = await createApiKey(admin, ['INTERACTIONS']);
    const gateway = await gatewayWith(async (_path, place) => {
      if (place === 1) await revoke(credential);
      return { cutAfterBytes: 20_000 };
    });
    const { status, stdout, stderr, files, path } = await run({ url: gateway.url, key: apiKey });
    expect({ status, stdout, stderr, files }).toEqual({
      status: 1,
      stdout: '',
      stderr: 'The API key is wrong or was revoked.\n',
      files: ['interactions.ndjson.part'],
    });
    const kept = await linesOf(`${path}.part`);
    expect(kept).toEqual((await listed()).slice(0, kept.length));
  });

  it('stops with a sentence when its key may not read the resource', async () => {
    const { status, stderr, files } = await run({ resource: 'users' });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'The API key may not read this resource.\n' });
    expect(files).toEqual([]);
  });

  it('leaves the copy of sync.ts in the same folder alone', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'interactions-copy.ndjson'), 'precious\n');
    expect((await run({ folder })).files.sort()).toEqual(['interactions-copy.ndjson', 'interactions.ndjson']);
    expect(await readFile(join(folder, 'interactions-copy.ndjson'), 'utf8')).toBe('precious\n');
  });
});
