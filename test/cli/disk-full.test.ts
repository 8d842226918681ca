// The embedded database on a disk that is really full: what is answered meanwhile, and what is there afterwards.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CreateCredentialDocument,
  CredentialDocument,
  CredentialsDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import { Caller, createApiKey, signedIn } from '../support/actors.ts';
import { masterKey } from '../support/master-key.ts';
import { cleanUp, freePort, root, type ServerProcess, startServer } from '../support/server-process.ts';
import { hasSmallDisks, type SmallDisk, smallDisk } from '../support/small-disk.ts';

const password = 'a password for the whole file';
let disk: SmallDisk;
let settings: Record<string, string>;
let server: ServerProcess;
let admin: Caller;

describe.runIf(hasSmallDisks)('on a disk that is full', () => {
  beforeAll(async () => {
    disk = await smallDisk('120m');
    settings = {
      LATCHKEY_DATA_DIR: join(disk.folder, 'data'),
      LATCHKEY_MASTER_KEY: masterKey,
      LATCHKEY_ADMIN_PASSWORD: password,
      LATCHKEY_SAMPLE_DATA: 'off',
      PORT: String(await freePort()),
    };
    server = await start();
    admin = await signedIn(server.app, 'admin@example.com', password);
  });
  afterAll(async () => {
    await cleanUp();
    await disk.release();
  });

  async function start(): Promise<ServerProcess> {
    const started = await startServer(settings, 'read', { node: disk.node });
    await started.untilListening();
    return started;
  }

  const statusOf = async (path: string) => (await fetch(server.url + path)).status;
  const create = (name: string) =>
    admin.send(CreateCredentialDocument, { input: { name, scopes: ['USERS'] } });
  const isThere = async (id: string) => (await admin.run(CredentialDocument, { id })).credential?.id === id;

  /** Creates until there is no room. @returns the ids of what was acknowledged. */
  async function untilFull(): Promise<string[]> {
    await disk.fill(0);
    const created: string[] = [];
    for (;;) {
      const { status, data } = await create(`No ${created.length} before the disk was full`);
      const id = data?.createCredential?.credential?.id;
      if (status !== 200 || !id) {
        expect(status).toBe(503);
        return created;
      }
      created.push(id);
    }
  }

  test('changes are 503, reads go on, and there is all that was acknowledged, also after kill -9', async () => {
    const { apiKey } = await createApiKey(admin);
    const created = await untilFull();
    for (let i = 0; i < 5; i += 1) expect((await create('No room')).status).toBe(503);
    expect((await new Caller(server.app, apiKey).send(ViewerDocument)).status).toBe(200);
    expect(await statusOf('/livez')).toBe(200);
    expect(server.stderr()).toContain('No space left on device');
    server.send('SIGKILL');
    await server.ended;
    await disk.makeRoom();
    server = await start();
    for (const id of created) expect(await isThere(id)).toBe(true);
    const { credentials } = await admin.run(CredentialsDocument, { first: 100 });
    expect(credentials.nodes.filter(({ name }) => name === 'No room')).toEqual([]);
  });

  test('changes are made again as soon as there is room', async () => {
    await untilFull();
    await disk.makeRoom();
    expect((await create('After')).status).toBe(200);
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  test('a start and a command say so and do no harm', async () => {
    await disk.fill(0);
    const refused = await startServer(settings, 'read', { node: disk.node });
    expect(await refused.ended).toBe(1);
    expect(refused.stderr()).toMatch(diskIsFull);
    await disk.makeRoom();
    await disk.fill(2_000);
    const args = [join(root, 'dist/src/main.js'), 'sample', '--rows', '100000'];
    const command = promisify(execFile)(disk.node, args, { env: { PATH: process.env.PATH, ...settings } });
    await expect(command).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(diskIsFull) });
    await disk.makeRoom();
    server = await start();
    expect(await statusOf('/readyz')).toBe(200);
    expect((await create('Last')).status).toBe(200);
  });
});

const diskIsFull =
  /^The disk of the database, or of a file that is written, is full \(\w+\)\. Make room on it, and try again\./m;
