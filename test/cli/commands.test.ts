// The commands as at the terminal, with sentences for what is refused. One embedded database, from nothing to two
// organisations.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuth } from '../../src/auth/auth.ts';
import { signIn } from '../../src/auth/sessions.ts';
import { type OpenHouse, withDatabase } from '../../src/cli/command-line.ts';
import { type CommandRun, runCommand, words } from '../support/commands.ts';
import {
  cleanUp,
  freePort,
  root,
  stackTrace,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';

let env: Record<string, string>;
beforeAll(async () => {
  env = {
    LATCHKEY_DATA_DIR: join(await temporaryFolder(), 'data'),
    LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64'),
    LATCHKEY_SAMPLE_DATA: 'off',
  };
});
afterAll(cleanUp);

const run = (command: string, stdin?: string) => runCommand(words(command), env, stdin);

/** One or more whole sentences on standard error, nothing else, and status 1. */
function expectRefusal({ status, stdout, stderr }: CommandRun, sentence: RegExp): void {
  expect(stderr).toMatch(sentence);
  expect(stderr).toMatch(/^[A-Z].*\.\n$/s);
  expect(stderr).not.toMatch(stackTrace);
  expect(stderr).not.toContain('report it');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
}

const terminal = () => ({ env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr });

/** A command as a process of its own, out of the build, its standard output where the test wants it. */
const runBuilt = (command: string, stdout: 'pipe' | number) =>
  spawn(process.execPath, [join(root, 'dist/src/main.js'), ...words(command)], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', stdout, 'pipe'],
  });

async function outcomeOf(child: ChildProcess) {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, 'exit');
  return { status, stderr };
}

/** Signs in as `signIn` of the API does, with nothing but the embedded database between. */
function signsIn(email: string, password: string, organization?: string) {
  return withDatabase(terminal(), 'latchkey test', async ({ db, keys, config }) => {
    const auth = createAuth({ db, keys, now: () => new Date(), issuer: config.publicUrl });
    const origin = { address: '127.0.0.1', userAgent: undefined, requestId: 'test' };
    return (await signIn(auth, origin, { email, password, organization })).person.role;
  });
}

const namesOfOrganizations = () =>
  withDatabase(terminal(), 'latchkey test', async ({ db }) => {
    const rows = await db.selectFrom('organizations').select('name').execute();
    return rows.map(({ name }) => name);
  });

const passwordIn = ({ stdout }: CommandRun) =>
  /shown this once: ([0-9A-Za-z]{22})$/m.exec(stdout)?.[1] ?? 'no password was printed';

test('a master key that others may read is closed to them, and whoever runs a command is told', async () => {
  const folder = join(await temporaryFolder(), 'data');
  const own = { LATCHKEY_DATA_DIR: folder, LATCHKEY_SAMPLE_DATA: 'off' };
  expect((await runCommand(['migrate'], own)).stderr).toBe('');
  const key = join(folder, 'master.key');
  await chmod(key, 0o644);
  const { status, stderr } = await runCommand(['migrate'], own);
  expect(status).toBe(0);
  expect(stderr).toBe(
    `${key} was open to others (its mode was 644), and is its owner's alone from here on. ` +
      'If somebody may have read it, replace the key as docs/runbook.md says.\n',
  );
  expect((await stat(key)).mode & 0o777).toBe(0o600);
  expect((await runCommand(['migrate'], own)).stderr).toBe('');
});

describe('before there is an organisation', () => {
  test('migrate applies every migration, and again none', async () => {
    expect((await run('migrate')).stdout).toMatch(/^Applied: 0001_\w+(?:, \d{4}_\w+)*\.\n$/);
    expect(await run('migrate')).toEqual({
      status: 0,
      stdout: 'The database has every migration.\n',
      stderr: '',
    });
  });

  test('a folder that was only migrated is ready for every other command and the server', async () => {
    const fresh = { LATCHKEY_DATA_DIR: join(await temporaryFolder(), 'data') };
    expect((await runCommand(['migrate'], fresh)).status).toBe(0);
    expectRefusal(await runCommand(words('keys rotate --compromised'), fresh), /There is no signing key yet/);
    expect((await runCommand(['keys', 'list'], fresh)).stdout).toContain('There is no signing key yet');
  });

  test.each([
    'sample --rows 20',
    'import - --resource users',
    'account create --name Ada --email a@b.example',
  ])('latchkey %s is refused', async (command) => {
    expectRefusal(await run(command), /^There is no organisation yet\. Start the server once/);
  });

  test('organization list says so', async () => {
    expect((await run('organization list')).stdout).toMatch(/^There is no organisation yet\./);
  });
});

describe('organization create', () => {
  test('makes a tenant whose Super Admin signs in with the printed password', async () => {
    const made = await run('organization create --name " Acme   Corp " --admin-email admin@acme.example');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toMatch(/^Created acme-corp \(org_\w+\)\.$/m);
    expect(await namesOfOrganizations()).toEqual(['Acme Corp']);
    expect(await signsIn('admin@acme.example', passwordIn(made))).toBe('SUPER_ADMIN');
  });

  test.each([
    ['--name " " --admin-email a@b.example', /^Give a name\.$/m],
    ['--name Acme --admin-email nobody', /^Give an e-mail address such as/],
    [`--name ${'x'.repeat(101)} --admin-email a@b.example`, /at most 100 characters/],
  ])('%s is refused', async (options, sentence) => {
    expectRefusal(await run(`organization create ${options}`), sentence);
  });
});

describe('a password that cannot be shown', () => {
  const isCreated = () =>
    withDatabase(terminal(), 'latchkey test', async ({ db }) => {
      const people = db.selectFrom('accounts').select('email').where('email', 'like', '%@unseen.example');
      return (await people.execute()).length > 0;
    });
  const emails = '--name Unseen --email ada@unseen.example';

  test.each([
    `account create ${emails}`,
    'organization create --name Unseen --admin-email admin@unseen.example',
  ])('latchkey %s creates nothing when nobody reads it', async (command) => {
    const child = runBuilt(command, 'pipe');
    child.stdout?.destroy();
    expect(await outcomeOf(child)).toEqual({
      status: 1,
      stderr: 'The output cannot be written (EPIPE). Check where it goes. Nothing was changed.\n',
    });
    expect(await isCreated()).toBe(false);
  });

  test.runIf(existsSync('/dev/full'))('is not kept when the disk is full', async () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = await outcomeOf(runBuilt(`account create ${emails}`, full));
    closeSync(full);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The output cannot be written \(ENOSPC\)\..* Nothing was changed\.$/m);
    expect(await isCreated()).toBe(false);
  });
});

describe('account create', () => {
  test('makes a person who signs in with the printed password', async () => {
    const made = await run('account create --name Ada --email ada@acme.example');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toMatch(/^Created acc_\w+ in acme-corp\.$/m);
    expect(await signsIn('ada@acme.example', passwordIn(made))).toBe('MEMBER');
  });

  test('takes a password from standard input, without its line break, and prints none', async () => {
    const password = ' spaces at both ends ';
    const command = 'account create --name Bob --role super-admin --email bob@acme.example --password-stdin';
    const made = await run(command, `${password}\n`);
    expect(made.status).toBe(0);
    expect(made.stdout).not.toMatch(/password/i);
    expect(await signsIn('bob@acme.example', password)).toBe('SUPER_ADMIN');
  });

  test('makes a service account, which has no password', async () => {
    const made = await run('account create --name Nightly --kind service-account');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).not.toMatch(/password/i);
  });

  test.each([
    ['--name Ada', 'correct horse battery', /Give an e-mail address\. Check --email\./],
    ['--name Ada --email ada@acme.example', 'correct horse battery', /has this e-mail address already/],
    ['--name Ada --email eve@acme.example', 'short', /at least 12 characters/],
    ['--name Ada --email eve@acme.example', '', /at least 12 characters/],
    ['--name "A\u202eda" --email no', 'x', /invisible.* e-mail address .*12 characters/],
    ['--name Bot --kind service-account --email bot@acme.example', 'correct horse battery', /cannot sign in/],
    ['--name Ada --email eve@acme.example --organization nowhere', 'correct horse battery', /"nowhere"/],
  ])('%s with the password "%s" is refused', async (options, password, sentence) => {
    expectRefusal(await run(`account create ${options} --password-stdin`, password), sentence);
  });
});

describe('account reset-password', () => {
  const email = 'forgot@acme.example';
  beforeAll(async () => void (await run(`account create --name Fay --email ${email}`)));

  test('gives a person a new password, and prints it once', async () => {
    const made = await run(`account reset-password --email ${email}`);
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toMatch(
      /^Changed the password of acc_\w+ in acme-corp\. Its sessions have ended\.$/m,
    );
    expect(await signsIn(email, passwordIn(made))).toBe('MEMBER');
  });

  test('takes a password from standard input, without its line break, and prints none', async () => {
    const made = await run(`account reset-password --email ${email} --password-stdin`, 'given from a file\n');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).not.toContain('given from a file');
    expect(made.stdout).not.toMatch(/shown this once/);
    expect(await signsIn(email, 'given from a file')).toBe('MEMBER');
  });

  test.each([
    ['--email nobody@acme.example', 'correct horse battery', /Nobody has this e-mail address/],
    [`--email ${email}`, 'short', /at least 12 characters/],
    [`--email ${email} --organization nowhere`, 'correct horse battery', /"nowhere"/],
  ])('%s with the password "%s" is refused', async (options, password, sentence) => {
    expectRefusal(await run(`account reset-password ${options} --password-stdin`, password), sentence);
  });
});

describe('with a second organisation', () => {
  test('commands need to be told which, and say so', async () => {
    const made = await run('organization create --name "Acme Corp" --admin-email admin@acme.example');
    expect(made.stdout).toMatch(/^Created acme-corp-2 /);
    for (const command of ['sample --rows 20', 'account create --name Bot --kind service-account'])
      expectRefusal(await run(command), /several .* with --organization <slug>: acme-corp, acme-corp-2\.$/m);
    expect((await run('sample --rows 20 --organization acme-corp-2')).status).toBe(0);
    expect(await signsIn('admin@acme.example', passwordIn(made), 'acme-corp-2')).toBe('SUPER_ADMIN');
  });
});

describe('organization', () => {
  const states = async () =>
    [...(await run('organization list')).stdout.matchAll(/^(\S+) {2}(\w+) {2}org_\w+ {2}Acme Corp$/gm)].map(
      ([, slug, status]) => [slug, status],
    );

  test('suspend and resume change one organisation, say what that means, and are audited', async () => {
    const suspended = await run('organization suspend acme-corp-2');
    expect(suspended).toMatchObject({ status: 0, stderr: '' });
    expect(suspended.stdout).toMatch(/^Suspended acme-corp-2: .*nothing of it works/);
    expect(await states()).toEqual([
      ['acme-corp', 'active'],
      ['acme-corp-2', 'suspended'],
    ]);
    expect((await run('organization suspend acme-corp-2')).stdout).toBe(
      'acme-corp-2 is suspended already.\n',
    );
    expect((await run('organization resume acme-corp-2')).stdout).toMatch(/^Resumed acme-corp-2: /);
    expect(await states()).toEqual([
      ['acme-corp', 'active'],
      ['acme-corp-2', 'active'],
    ]);
    const events = await withDatabase(terminal(), 'latchkey test', ({ db }) =>
      db
        .selectFrom('audit_events')
        .innerJoin('organizations as o', 'o.id', 'organization_id')
        .select(['action', 'actor_kind', 'slug', 'detail'])
        .where('action', 'in', ['ORGANIZATION_SUSPENDED', 'ORGANIZATION_RESUMED'])
        .orderBy('audit_events.created_at')
        .execute(),
    );
    const by = { actor_kind: 'COMMAND_LINE', slug: 'acme-corp-2' };
    const detail = (from: string, to: string) => ({ name: 'Acme Corp', status: { from, to } });
    expect(events).toEqual([
      { ...by, action: 'ORGANIZATION_SUSPENDED', detail: detail('ACTIVE', 'SUSPENDED') },
      { ...by, action: 'ORGANIZATION_RESUMED', detail: detail('SUSPENDED', 'ACTIVE') },
    ]);
  });

  test('suspending one that does not exist is refused', async () => {
    expectRefusal(await run('organization suspend nowhere'), /^There is no organisation "nowhere"\. See/);
  });
});

describe('keys', () => {
  const line =
    /^(\w+) +(?:ES256|RS256) {2}(\w{22}) {2}made \d{4}-.* {2}signs from \d{4}-.* {2}(?:accepted (?:until \d{4}-|without end)|compromised \d{4}-)/;
  const listed = async () =>
    (await run('keys list')).stdout.split('\n').flatMap((text) => {
      const [, state = '', kid = ''] = line.exec(text) ?? [];
      return state === '' ? [] : [{ state, kid }];
    });
  const states = async () => (await listed()).map(({ state }) => state);
  const database = <Result>(work: (house: OpenHouse) => Promise<Result>) =>
    withDatabase(terminal(), 'latchkey test', work);
  /** Serves until it has said a text in its log, and returns the log. */
  const serveUntil = async (text: string) => {
    const server = await startServer({ ...env });
    await server.untilListening();
    while (!server.stderr().includes(text)) await pause(10);
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
    return server.stderr();
  };

  test('list shows what each key does; rotate publishes one ahead, and a second rotate waits for it', async () => {
    const server = await startServer({ ...env });
    await server.untilListening();
    server.send('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(await states()).toEqual(['signing']);
    expect((await run('keys rotate')).stdout).toMatch(/^Published \w{22}\. It signs from \d{4}-/);
    expect(await states()).toEqual(['signing', 'published']);
    expect((await run('keys rotate')).stdout).toMatch(/nothing to do/);
    expect(await states()).toEqual(['signing', 'published']);
  });

  test('rotate --compromised ends the key that is named, or all, and says what signs instead', async () => {
    const [signing, published] = await listed();
    const one = await run(`keys rotate --compromised ${signing?.kid}`);
    expect(one).toMatchObject({ status: 0, stderr: '' });
    expect(one.stdout).toContain(`Ended ${signing?.kid}: no instance accepts a token of it any more.`);
    expect(one.stdout).toContain(`${published?.kid} signs from now on.`);
    expect(await listed()).toEqual([
      { state: 'signing', kid: published?.kid },
      { state: 'compromised', kid: signing?.kid },
    ]);
    const all = await run('keys rotate --compromised');
    expect(all.stdout).toMatch(new RegExp(`^Ended ${published?.kid}: .* \\w{22} signs from now on\\.`));
    expect((await states()).sort()).toEqual(['compromised', 'compromised', 'signing']);
    expectRefusal(await run('keys rotate --compromised nonsense'), /There is no signing key of this id/);
  });

  test('a server rotates by itself when LATCHKEY_KEY_ROTATION_DAYS have gone by, and not when that is 0', async () => {
    const old = new Date(Date.now() - 91 * 86_400_000);
    await database(({ db }) => db.updateTable('signing_keys').set({ signs_from: old }).execute());
    env.LATCHKEY_KEY_ROTATION_DAYS = '0';
    await serveUntil('');
    expect((await states()).sort()).toEqual(['compromised', 'compromised', 'signing']);
    env.LATCHKEY_KEY_ROTATION_DAYS = '90';
    const log = await serveUntil('signing key published');
    const published = (await listed()).find(({ state }) => state === 'published');
    expect(log).toContain(published?.kid);
  });

  test('a server whose signing key cannot be opened does not start, and says how to go on', async () => {
    const signing = (await listed()).find(({ state }) => state === 'signing');
    await database(async ({ db }) => {
      const rows = await db
        .selectFrom('signing_keys')
        .select('kid')
        .where('accepted_until', 'is', null)
        .execute();
      const kid = rows[0]?.kid ?? '';
      await db
        .updateTable('signing_keys')
        .set({ sealed_private_key: 'AAAA' })
        .where('kid', '=', kid)
        .execute();
      const port = String(await freePort());
      env.PORT = port;
    });
    expect(signing).toBeDefined();
    const refused = await run('serve');
    expectRefusal(
      refused,
      /^The signing key \w{22} cannot be used: .* `latchkey keys rotate --compromised \w{22}`/,
    );
    const [, command = ''] = /`latchkey (keys rotate --compromised \w{22})`/.exec(refused.stderr) ?? [];
    expect((await run(command)).status).toBe(0);
    delete env.PORT;
    await serveUntil('');
  });
});

describe('a PostgreSQL that cannot be used', () => {
  // The server waits for it instead: test/db/database-away.test.ts.
  test.each(['migrate', 'keys list', 'sample'])(
    'makes latchkey %s fail with a sentence and no secret of the address',
    async (command) => {
      const { status, stderr } = await runCommand([...words(command)], {
        DATABASE_URL: `postgres://latchkey:hunter2@127.0.0.1:${await freePort()}/latchkey`,
        LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64'),
      });
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^The database cannot be reached or cannot answer \(ECONNREFUSED\)\. Check DATABASE_URL/,
      );
      expect(stderr).not.toMatch(stackTrace);
      expect(stderr).not.toContain('hunter2');
    },
  );
});
