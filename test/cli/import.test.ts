// `latchkey import` and `latchkey sample`, run as at the terminal, on an embedded database of their own.

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CommandError, type CommandLine, withDatabase } from '../../src/cli/command-line.ts';
import { importCommand } from '../../src/cli/import.ts';
import { sampleCommand } from '../../src/cli/sample.ts';
import { countRecords, findRecord } from '../../src/db/data/read.ts';
import { columnsOf, type DataResource, dataResources, resourceSlug } from '../../src/db/data/resources.ts';
import type { Database } from '../../src/db/tables.ts';
import { conversation, hasProductSample, makeOrganization, productSample } from '../support/records.ts';

let folder: string;
let organization: string;
let organizationId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  const made = await inDatabase((db) => makeOrganization(db));
  organization = made.slug;
  organizationId = made.id;
});

function collector() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

interface Run {
  stdin?: string | Buffer;
  tty?: boolean;
}

async function run(args: string[], { stdin = '', tty = false }: Run = {}) {
  const [stdout, stderr] = [collector(), collector()];
  const line: CommandLine = {
    env: { LATCHKEY_DATA_DIR: join(folder, 'data') },
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: stdout.stream,
    stderr: Object.assign(stderr.stream, { isTTY: tty }),
  };
  const [name, ...rest] = args;
  const command = name === 'sample' ? sampleCommand(line) : importCommand(line);
  command.exitOverride().configureOutput({ writeErr: (text) => stderr.stream.write(text) });
  const failure = await command.parseAsync(rest, { from: 'user' }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof CommandError || error instanceof CommanderError) return error.message;
      throw error;
    },
  );
  return { failure, stdout: stdout.text(), stderr: stderr.text() };
}

const importInto = (args: string[], options?: Run) =>
  run(['import', ...args, '--organization', organization], options);

function inDatabase<Result>(work: (db: Database) => Promise<Result>): Promise<Result> {
  const { stream } = collector();
  const line = {
    env: { LATCHKEY_DATA_DIR: join(folder, 'data') },
    stdin: Readable.from([]),
    stdout: stream,
    stderr: stream,
  };
  return withDatabase(line, 'latchkey test', ({ db }) => work(db));
}

const countOf = (resource: DataResource) => inDatabase((db) => countRecords(db, organizationId, resource));
const conversationsStored = (ids: string[]) =>
  inDatabase((db) =>
    Promise.all(
      ids.map((id) => findRecord(db, organizationId, 'conversations', id, columnsOf('conversations'))),
    ),
  );

async function file(name: string, text: string | Buffer): Promise<string> {
  const path = join(folder, randomBytes(4).toString('hex'));
  await mkdir(path);
  await writeFile(join(path, name), text);
  return join(path, name);
}

const [a, b, c] = ['a', 'b', 'c'].map((id) => conversation({ id, detail: { content: 'é 😀 }{' } }));

describe('a good file', () => {
  it.each([
    [
      'an envelope',
      'x.json',
      JSON.stringify({ '@odata.context': 'https://x/$metadata#conversations', value: [a, b] }),
    ],
    ['an array', 'conversations.json', JSON.stringify([a, b], null, 2)],
    ['NDJSON', 'conversations-2026-01-31.ndjson', `${JSON.stringify(a)}\n${JSON.stringify(b)}\n`],
  ])('goes in as %s, and again without a change', async (_, name, text) => {
    const path = await file(name, text);
    const first = await importInto([path]);
    expect(first).toMatchObject({ failure: undefined, stderr: '' });
    expect(first.stdout).toBe(`${path}: 2 read, 2 inserted, 0 updated, 0 unchanged, 0 rejected\n`);
    expect(await conversationsStored(['a', 'b'])).toEqual([a, b]);
    expect((await importInto([path])).stdout).toContain(
      '2 read, 0 inserted, 0 updated, 2 unchanged, 0 rejected',
    );
  });

  it('goes in from standard input', async () => {
    const { failure, stdout } = await importInto(['-', '--resource', 'conversations'], {
      stdin: JSON.stringify(a),
    });
    expect(failure).toBeUndefined();
    expect(stdout).toBe('standard input: 1 read, 1 inserted, 0 updated, 0 unchanged, 0 rejected\n');
  });

  it('is stamped when it brings no stamp, and not again when nothing changed', async () => {
    const { last_updated_time: _, ...unstamped } = conversation({ id: 'a' });
    const path = await file('conversations.json', JSON.stringify([unstamped]));
    await importInto([path]);
    const [before] = await conversationsStored(['a']);
    expect(Date.now() - Date.parse(before?.last_updated_time ?? '')).toBeLessThan(60_000);
    expect((await importInto([path])).stdout).toContain('1 unchanged');
    expect(await conversationsStored(['a'])).toEqual([before]);
  });

  it('may have more records than fit into a batch, with repeated ids among them', async () => {
    const records = Array.from({ length: 2_500 }, (_, i) =>
      conversation({ id: `c${i % 2_400}`, route: `r${i}` }),
    );
    const path = await file(
      'conversations.ndjson',
      records.map((record) => JSON.stringify(record)).join('\n'),
    );
    expect((await importInto([path])).stdout).toContain('2,500 read, 2,400 inserted, 100 updated');
    expect((await conversationsStored(['c0']))[0]?.route).toBe('r2400');
  });

  it('is shown with a progress bar on a terminal', async () => {
    const path = await file('conversations.json', JSON.stringify([a]));
    const { stderr, stdout } = await importInto([path], { tty: true });
    expect(stderr).toMatch(/conversations\.json \[.*\] {1,2}\d+%, \d records/);
    expect(stdout).toContain('1 inserted');
  });

  it('may be checked only, without a database', async () => {
    const path = await file('conversations.json', JSON.stringify([a, { id: 'bad' }]));
    const { stdout, failure } = await run(['import', path, '--dry-run', '--organization', 'nobody']);
    expect(stdout).toBe(`${path}: 2 read, 1 valid, 1 rejected (dry run: nothing was written)\n`);
    expect(failure).toBe('1 record was rejected.');
    expect(await countOf('conversations')).toBe(0);
  });
});

describe('bad records', () => {
  it('are told with file, place, and reason, and the rest goes in', async () => {
    const bad = [{ ...b, created_time: 'yesterday' }, '{"id":', { id: 'x' }];
    const lines = [a, ...bad, c].map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
    const path = await file('conversations.ndjson', ['', ...lines].join('\n'));
    const { failure, stdout, stderr } = await importInto([path]);
    expect(failure).toBe('3 records were rejected; everything else is in.');
    expect(stdout).toContain('5 read, 2 inserted, 0 updated, 0 unchanged, 3 rejected');
    expect(stderr.split('\n')).toEqual([
      `${path}: record 2 (line 3) was rejected: created_time should be an RFC 3339 time with an offset, such as 2026-01-31T09:30:00.000Z.`,
      `${path}: record 3 (line 4) was rejected: the record is not valid JSON.`,
      `${path}: record 4 (line 5) was rejected: user_id is missing; route is missing; created_time is missing.`,
      '',
    ]);
    expect(await conversationsStored(['a', 'b', 'c'])).toEqual([a, undefined, c]);
  });

  it('are told up to a hundred, then counted', async () => {
    const path = await file('conversations.json', JSON.stringify(Array.from({ length: 250 }, () => ({}))));
    const { stderr } = await importInto([path]);
    expect(stderr.match(/was rejected/g)).toHaveLength(100);
    expect(stderr).toContain('… and 150 more.');
  });

  it('go to a file that is asked for, with file, place, reason, and what they were', async () => {
    const [lines, broken] = [[a, { ...b, route: null }], '{"id": "é",'];
    const path = await file(
      'conversations.ndjson',
      `${lines.map((l) => JSON.stringify(l)).join('\n')}\n${broken}\n`,
    );
    const other = await file('users.json', JSON.stringify([{ id: 'u' }]));
    const rejects = join(folder, `${randomBytes(4).toString('hex')}.ndjson`);
    const { failure, stderr } = await importInto([path, other, '--rejects', rejects]);
    expect(failure).toBe('3 records were rejected; everything else is in.');
    expect(stderr).toContain(`All rejected records are in ${rejects}, with place and reason.\n`);
    const written = (await readFile(rejects, 'utf8')).trimEnd().split('\n');
    expect(written.map((line) => JSON.parse(line))).toEqual([
      { file: path, record: 2, line: 2, reason: 'route should be text', value: lines[1] },
      { file: path, record: 3, line: 3, reason: 'the record is not valid JSON', text: broken },
      { file: other, record: 1, reason: 'access_to_bot is missing', value: { id: 'u' } },
    ]);
    expect((await stat(rejects)).mode & 0o777).toBe(0o600);
  });

  it('are in that file whatever they hold, and as they were written', async () => {
    const deep = `{"id":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const number = JSON.stringify({ ...a, detail: { later: 0 } }).replace(
      '"later":0',
      '"later":1e400, "x":0.10',
    );
    const lines = await file('conversations.ndjson', [deep, number, JSON.stringify(b)].join('\n'));
    const list = await file('conversations.json', `[${deep},{"id":"x"}]`);
    const rejects = `${lines}.rejects`;
    const { failure, stderr } = await importInto([lines, list, '--rejects', rejects]);
    expect(failure).toBe('4 records were rejected; everything else is in.');
    expect(stderr).toContain(
      'record 2 (line 2) was rejected: detail.later is a number that cannot be kept exactly: send it as a string.\n',
    );
    const written = (await readFile(rejects, 'utf8')).trimEnd().split('\n');
    expect(written.map((line) => line.slice(line.indexOf('"record"')))).toEqual([
      expect.stringMatching(
        /^"record":1,"line":1,"reason":"id should be text; [^"]*","value":\{"id":\[{20000}\]{20000}\}\}$/,
      ),
      expect.stringContaining(`,"value":${number}}`),
      expect.stringMatching(/^"record":1,"reason":"id should be text; [^"]*"\}$/),
      expect.stringMatching(/^"record":2,"reason":"[^"]*","value":\{"id":"x"\}\}$/),
    ]);
    for (const line of written) expect(JSON.parse(line)).toHaveProperty('reason');
  });

  it('leave no file when there are none, and never take the place of what is to be imported', async () => {
    const path = await file('conversations.json', JSON.stringify([a]));
    const rejects = `${path}.rejects`;
    expect((await importInto([path, '--rejects', rejects])).failure).toBeUndefined();
    await expect(stat(rejects)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await importInto([path, '--rejects', path])).failure).toBe(
      `${path} is to be imported: name another file for the rejected records.`,
    );
    expect(await readFile(path, 'utf8')).toBe(JSON.stringify([a]));
  });

  it('are for their owner alone, also where a file that everybody may read was there', async () => {
    const path = await file('conversations.json', '[{}]');
    const rejects = `${path}.rejects`;
    await writeFile(rejects, 'of the last time', { mode: 0o644 });
    const reader = await open(rejects);
    try {
      await importInto([path, '--rejects', rejects]);
      expect(await reader.readFile('utf8')).toBe('of the last time');
    } finally {
      await reader.close();
    }
    expect(JSON.parse(await readFile(rejects, 'utf8'))).toMatchObject({ record: 1 });
    expect((await stat(rejects)).mode & 0o777).toBe(0o600);
  });

  it('go nowhere that a link leads', async () => {
    const path = await file('conversations.json', '[{}]');
    const [link, elsewhere] = [`${path}.link`, `${path}.elsewhere`];
    await writeFile(elsewhere, 'untouched');
    await symlink(elsewhere, link);
    expect((await importInto([path, '--rejects', link])).failure).toMatch(
      / is a link, a folder, or a device: /,
    );
    expect((await importInto([path, '--rejects', folder])).failure).toMatch(
      / is a link, a folder, or a device: /,
    );
    expect(await readFile(elsewhere, 'utf8')).toBe('untouched');
    expect(await countOf('conversations')).toBe(0);
  });

  it('do not stop the others when their file cannot be written', async () => {
    const path = await file('conversations.json', JSON.stringify([{}, a, {}]));
    const { failure, stdout, stderr } = await importInto([path, '--rejects', join(folder, 'no/such/folder')]);
    expect(failure).toBe('2 records were rejected; everything else is in.');
    expect(stdout).toContain('3 read, 1 inserted');
    expect(stderr).toMatch(/no\/such\/folder cannot be written: ENOENT/);
  });

  it('of another resource are all rejected', async () => {
    const path = await file('users.json', JSON.stringify([a, b]));
    const { failure, stderr } = await importInto([path]);
    expect(failure).toBe('2 records were rejected; everything else is in.');
    expect(stderr).toContain('access_to_bot is missing');
  });
});

it('tells of fields it does not know, and takes the records', async () => {
  const path = await file(
    'conversations.json',
    JSON.stringify([
      { ...a, org: 1 },
      { ...b, org: 2 },
    ]),
  );
  const { failure, stdout, stderr } = await importInto([path]);
  expect(failure).toBeUndefined();
  expect(stdout).toContain('2 inserted');
  expect(stderr).toBe(
    `${path}: 2 records have a field "org" that this version does not know; it was left out.\n`,
  );
});

describe('what a file holds does not steer the terminal', () => {
  it('by the names of its fields, which are told where they are plain', async () => {
    const clear = '\u001b[2J\u0007\u009b2J';
    const path = await file(
      'conversations.json',
      JSON.stringify([{ ...a, [clear]: 1, [`${clear}2`]: 1, org: 1 }]),
    );
    const { stdout, stderr } = await importInto([path]);
    expect(stdout).toContain('1 inserted');
    expect(stderr).toBe(
      `${path}: 1 record has a field "org" that this version does not know; it was left out.\n` +
        `${path}: 1 record has a field of yet another or an unusual name that this version does not know; it was left out.\n`,
    );
  });

  it('by what is wrong with its records', async () => {
    const name = '\u001b]0;owned\u0007';
    const wrong = [
      { ...a, detail: { [name]: 2 ** 60 } },
      { ...b, type: name, route: { [name]: 1 } },
    ];
    const path = await file('conversations.json', `${JSON.stringify(wrong).slice(0, -1)},\u001b[2J]`);
    const { stdout, stderr } = await importInto([path]);
    expect(stdout).toContain('2 read');
    expect(stderr).toContain('record 1 was rejected: detail is a number that cannot be kept exactly');
    expect(stderr).toContain('is not valid JSON at line 1');
    expect(stderr).not.toMatch(/[^\P{C}\n]/u);
  });

  it('by its own name', async () => {
    const path = await file('conversations-\u001b[2J.json', '[{}]');
    const { stdout, stderr } = await importInto([path], { tty: true });
    expect(stdout).toContain('conversations-\\u001b[2J.json: 1 read');
    expect(stderr).not.toContain('\u001b[2J');
  });
});

describe('a file that cannot be read to its end', () => {
  it('keeps everything before the break, and says where it is', async () => {
    const text = JSON.stringify({ value: [a, b] }, null, 1);
    const path = await file('conversations.json', text.slice(0, text.lastIndexOf('"created_time"')));
    const { failure, stdout, stderr } = await importInto([path]);
    expect(failure).toBe('1 file could not be read to the end; everything else is in.');
    expect(stderr).toMatch(/conversations\.json ends in the middle of its JSON, at line 23, column 6\.\n/);
    expect(stdout).toContain('1 read, 1 inserted');
    expect(await conversationsStored(['a', 'b'])).toEqual([a, undefined]);
  });

  it.each([
    ['users.json', '', /users\.json is empty\./],
    ['users.csv', 'id,name', /users\.csv is neither JSON nor NDJSON/],
    ['things.json', '[]', /Nothing says which records .*things\.json holds: name them with --resource\./],
  ])('says what is wrong with %s holding %j', async (name, text, sentence) => {
    const { failure, stderr } = await importInto([await file(name, text)]);
    expect(failure).toBe('1 file could not be read to the end; everything else is in.');
    expect(stderr).toMatch(sentence);
  });

  it('does not keep the other files from going in', async () => {
    const good = await file('conversations.json', JSON.stringify([a]));
    const { failure } = await importInto([await file('users.json', '{'), good]);
    expect(failure).toBe('1 file could not be read to the end; everything else is in.');
    expect(await countOf('conversations')).toBe(1);
  });

  it('is refused when it says that it holds something else than asked for', async () => {
    const path = await file('x.json', '{"@odata.context":"https://x/$metadata#users","value":[]}');
    const { stderr } = await importInto([path, '--resource', 'plugin-calls']);
    expect(stderr).toContain('says that it holds users, not plugin-calls: import it without --resource.');
  });
});

describe('wrong use', () => {
  it('is told before anything is read', async () => {
    expect((await importInto(['no-such-file.json'])).failure).toBe(
      'no-such-file.json cannot be read: there is no such file or folder.',
    );
    expect((await importInto([folder])).failure).toContain('holds none of users.json, conversations.json');
    expect((await importInto(['-', '--resource', 'messages'])).failure).toContain(
      'It should be one of users, conversations',
    );
    expect((await importInto([])).failure).toContain('missing required argument');
  });

  it('names the organisation when there are several, and only one that exists', async () => {
    await inDatabase((db) => makeOrganization(db));
    const path = await file('conversations.json', JSON.stringify([a]));
    expect((await run(['import', path])).failure).toContain('--organization');
    expect((await run(['import', path, '--organization', 'nobody'])).failure).toContain('"nobody"');
  });
});

describe('latchkey sample', () => {
  it('makes about as many records as asked for, and the same ones again', async () => {
    const args = [
      'sample',
      '--rows',
      '600',
      '--seed',
      '3',
      '--until',
      '2026-06-01',
      '--organization',
      organization,
    ];
    const { stdout, failure } = await run(args);
    expect(failure).toBeUndefined();
    expect(stdout).toMatch(/now has these sample records: \d+ users, \d+ conversations, \d+ interactions, /);
    const counts = await Promise.all([0]).then(async () => {
      const found: number[] = [];
      for (const resource of dataResources) found.push(await countOf(resource));
      return found;
    });
    expect(Math.abs(counts.reduce((sum, count) => sum + count, 0) / 600 - 1)).toBeLessThan(0.2);
    expect((await run(args)).stdout).toBe(stdout);
    expect(await countOf('interactions')).toBe(counts[dataResources.indexOf('interactions')]);
  });

  it.each(['0', '-1', '1.5', 'many'])('refuses %j rows', async (rows) => {
    expect((await run(['sample', '--rows', rows])).failure).toContain('It should be a whole number');
  });
});

describe.skipIf(!hasProductSample)("the product's own records", () => {
  const readSample = async (resource: DataResource): Promise<Record<string, unknown>[]> =>
    JSON.parse(await readFile(join(productSample, `${resourceSlug(resource)}.json`), 'utf8')).value;

  it('go in from their folder, are read back equal field by field, and change nothing the second time', async () => {
    const first = await importInto([productSample]);
    expect(first.failure).toBeUndefined();
    expect(first.stderr).toBe('');
    await inDatabase(async (db) => {
      for (const resource of dataResources) {
        const records = await readSample(resource);
        expect(await countRecords(db, organizationId, resource)).toBe(records.length);
        for (const record of records) {
          const found = await findRecord(
            db,
            organizationId,
            resource,
            String(record.id),
            columnsOf(resource),
          );
          // The sample is older than these two fields of conversations.
          const absent = resource === 'conversations' ? { type: null, detail: null } : {};
          expect(found).toEqual({ ...absent, ...record });
        }
      }
    });
    const second = await importInto([productSample]);
    expect(second.stdout).toMatch(
      /^(.*: [\d,]+ read, 0 inserted, 0 updated, [\d,]+ unchanged, 0 rejected\n){5}$/,
    );
  });
});
