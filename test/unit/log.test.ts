// The log: one JSON object a line, and no key, secret, token, or row of the database in any of them.

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../src/auth/random.ts';
import { makeSecret, type SecretKind } from '../../src/auth/secret.ts';
import { deriveServerKeys } from '../../src/auth/server-keys.ts';
import { createLog, withoutSecrets } from '../../src/log.ts';

const keys = deriveServerKeys(randomBytes(32));
const secret = (kind: SecretKind) => makeSecret(keys, kind, newId(kind === 'ses' ? 'ses' : 'cred')).plaintext;
const jwt = `eyJ${randomBytes(30).toString('base64url')}.${randomBytes(90).toString('base64url')}.${randomBytes(64).toString('base64url')}`;
const basic = Buffer.from(`${newId('cred')}:${secret('sec')}`).toString('base64');

const secrets: [string, string][] = [
  ['an API key', secret('key')],
  ['a client secret', secret('sec')],
  ['a session token', secret('ses')],
  ['an access token', jwt],
  ['what follows Basic', basic],
];

let lines: string[];
const log = (level = 'trace') => createLog(level, { write: (line) => void lines.push(line) });
beforeEach(() => {
  lines = [];
});

describe.each(secrets)('%s', (_name, value) => {
  const header = value === basic ? `Basic ${value}` : `Bearer ${value}`;

  test('is kept out of a line wherever it stands', () => {
    const at = log();
    at.info(`said ${header}`);
    at.info({ authorization: header, deep: { er: [header] } }, 'object');
    at.info({ [header]: 'as a name' }, 'name');
    at.child({ bound: header }).warn('child');
    at.error({ err: new Error(`broke on ${header}`, { cause: new Error(header) }) }, 'failed');
    at.error(new Error(header));
    at.info('%s and %j', header, { header });
    expect(lines).toHaveLength(7);
    expect(lines.join('')).not.toContain(value);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
  });

  test('is taken out of a sentence for the terminal, which stays readable', () => {
    expect(withoutSecrets(`The key ${header}, which was given, is wrong.`)).not.toContain(value);
    expect(withoutSecrets(`The key ${header}, which was given, is wrong.`)).toMatch(/^The key .*wrong\.$/);
  });
});

test('ordinary text stays as it is', () => {
  const text =
    'cred_4kTzq lk_ lk_key is a prefix. eyJ alone. Basic and Bearer are schemes; WWW-Authenticate: Bearer realm="latchkey"';
  expect(withoutSecrets(text)).toBe(text);
  log().info({ path: '/graphql', ms: 1.5 }, text);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: text, path: '/graphql', ms: 1.5, level: 'info' });
});

test('a token is taken out in the middle of a text, whatever stands before it', () => {
  for (const before of ['', ' ', '-', 'id-', '"', '.', 'a.', 'a.b.', '=', 'eyJ-', 'eyJ.']) {
    expect(withoutSecrets(`${before}${jwt} after`), before).not.toContain(jwt.slice(10, 40));
    expect(withoutSecrets(`${before}${jwt} after`), before).toMatch(/\[redacted\] after$/);
  }
});

/** The least of five, of this process's CPU, in microseconds. */
function cpuOf(work: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    work();
    return process.cpuUsage(before).user;
  });
  return Math.min(...times);
}

test.each([
  '-eyJ',
  'eyJa.',
  '-eyJ-eyJ.',
  'eyJ',
  'lk_key_',
  'lk_',
  'Bearer ',
  'Basic  ',
  'Bearer a',
  'Bearer aaaaaaaaaaaaaaaa',
  ' ',
  'a',
])('a text of nothing but %j is looked through about as fast as any other', (part) => {
  const ofLength = (repeated: string) => repeated.repeat(50_000).slice(0, 50_000);
  for (const start of ['', 'Bearer ', 'eyJ', 'eyJa.eyJ']) {
    const [hostile, ordinary] = [start + ofLength(part), ofLength('GET /graphql 200 ')];
    const usual = Math.max(
      cpuOf(() => withoutSecrets(ordinary)),
      500,
    );
    // A pattern that begins anew in every place takes thousands of times as long.
    expect(
      cpuOf(() => withoutSecrets(hostile)),
      start,
    ).toBeLessThan(100 * usual);
  }
});

test('of an error of the database only what holds no row is written', () => {
  const error = Object.assign(new pg.DatabaseError('duplicate key', 100, 'error'), {
    code: '23505',
    constraint: 'accounts_email',
    detail: 'Key (email)=(private@acme.example) already exists.',
    where: 'private@acme.example',
    params: ['private@acme.example'],
    hint: 'private@acme.example',
  });
  log().error({ err: new Error('outer', { cause: error }) }, 'failed');
  log().error({ err: error }, 'failed');
  expect(lines.join('')).not.toContain('private@');
  expect(JSON.parse(lines[1] ?? '').err).toMatchObject({ code: '23505', constraint: 'accounts_email' });
});

test('a line break or an escape sequence in a value cannot forge a line', () => {
  log().info({ name: 'a\n{"level":"fatal","msg":"forged"}\u001b[2J' }, 'made\r\nup');
  expect(lines).toHaveLength(1);
  for (const raw of ['\n', '\r', '\u001b']) expect(lines[0]?.trimEnd()).not.toContain(raw);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'made\r\nup' });
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'text'],
  ['a number', 7],
  ['an object', { a: 1 }],
  ['a symbol', Symbol('x')],
  ['an object that cannot be a text', Object.create(null)],
  ['an error that is its own cause', selfCaused()],
])('%s that was thrown is logged, and never a failure of the log', (_name, thrown) => {
  log().error({ err: thrown }, 'failed');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['failed']);
});

function selfCaused(): Error {
  const error = new Error('round');
  error.cause = error;
  return error;
}

test('a level keeps out what lies below it, and every line has the time', () => {
  log('warn').info('no');
  log('silent').fatal('no');
  log('warn').warn('yes');
  expect(lines).toHaveLength(1);
  const { time } = JSON.parse(lines[0] ?? '');
  expect(new Date(time).toISOString()).toBe(time);
});
