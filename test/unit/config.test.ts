// Settings: defaults, every problem at once, and nothing accepted that fails later.

import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config.ts';
import { masterKey } from '../support/master-key.ts';

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test('nothing needs to be set', () => {
  const config = loadConfig({});
  expect(config).toMatchObject({
    port: 4000,
    host: '127.0.0.1',
    databaseUrl: undefined,
    masterKey: undefined,
    publicUrl: 'http://localhost:4000',
    adminPassword: undefined,
    sampleData: true,
    corsOrigins: [],
    trustedProxies: [],
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test('unset and empty are the same, and the variables of others are none of its business', () => {
  const env = { PORT: '', LOG_LEVEL: undefined, LATCHKEY_MASTER_KEY: '', HOME: '/nowhere', NODE_ENV: 'test' };
  expect(loadConfig(env)).toEqual(loadConfig({}));
});

test.each([
  [{ PORT: '8080' }, { port: 8080, publicUrl: 'http://localhost:8080' }],
  [{ LATCHKEY_PUBLIC_URL: 'https://Keys.Example.com/' }, { publicUrl: 'https://keys.example.com' }],
  [{ LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:9' }, { publicUrl: 'http://127.0.0.1:9' }],
  [{ LATCHKEY_PUBLIC_URL: 'http://[::1]:9' }, { publicUrl: 'http://[::1]:9' }],
  [{ LATCHKEY_MASTER_KEY: masterKey }, { masterKey: Buffer.from(masterKey, 'base64') }],
  [
    { LATCHKEY_ACCEPTED_MASTER_KEYS: `${masterKey}, ${masterKey}` },
    { acceptedMasterKeys: [Buffer.from(masterKey, 'base64'), Buffer.from(masterKey, 'base64')] },
  ],
  [{ LATCHKEY_SAMPLE_DATA: 'off' }, { sampleData: false }],
  [{ LATCHKEY_SIGNING_ALGORITHM: 'RS256' }, { signingAlgorithm: 'RS256' }],
  [{ LATCHKEY_ORGANIZATION: '  Acme   Corp  ' }, { organizationName: 'Acme Corp' }],
  [{ LATCHKEY_ORGANIZATION: '🗝'.repeat(100) }, { organizationName: '🗝'.repeat(100) }],
  [{ LATCHKEY_ADMIN_EMAIL: ' Ada@example.com ' }, { adminEmail: 'Ada@example.com' }],
  [{ LATCHKEY_ADMIN_PASSWORD: '🗝'.repeat(200) }, { adminPassword: '🗝'.repeat(200) }],
  [
    { LATCHKEY_CORS_ORIGINS: 'https://a.example, http://localhost:3000,' },
    { corsOrigins: ['https://a.example', 'http://localhost:3000'] },
  ],
  [
    { LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/8, ::1 ,loopback' },
    { trustedProxies: ['10.0.0.0/8', '::1', 'loopback'] },
  ],
  [
    { DATABASE_URL: 'postgresql://a:b@db:5432/latchkey?sslmode=require', LATCHKEY_MASTER_KEY: masterKey },
    { databaseUrl: 'postgresql://a:b@db:5432/latchkey?sslmode=require', sampleData: false },
  ],
  [
    { DATABASE_URL: 'postgres://db/latchkey', LATCHKEY_MASTER_KEY: masterKey, LATCHKEY_SAMPLE_DATA: 'on' },
    { sampleData: true },
  ],
])('%j is understood', (env, expected) => {
  expect(loadConfig(env)).toMatchObject(expected);
});

describe('a wrong value is named in a sentence that says what it should be, and is not repeated', () => {
  test.each([
    ['PORT', '0', '65536', '-1', '4e3', '80 80', 'http'],
    ['DATABASE_URL', 'mysql://localhost/x', 'localhost:5432', '/var/run/postgres'],
    [
      'LATCHKEY_MASTER_KEY',
      'c2hvcnQ=',
      `${masterKey} `,
      masterKey.slice(0, -1),
      Buffer.alloc(33).toString('base64'),
      Buffer.alloc(32, 7).toString('base64'),
      Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64'),
    ],
    [
      'LATCHKEY_PUBLIC_URL',
      'keys.umbrella.example',
      'http://keys.umbrella.example',
      'https://a.example/path',
    ],
    [
      'LATCHKEY_PUBLIC_URL',
      'https://a.example?x=1',
      'https://a.example#x',
      'https://me@a.example',
      'ftp://a.example',
    ],
    ['LATCHKEY_ORGANIZATION', '   ', 'x'.repeat(101), 'Exam\u202eple', 'Ex\u0007ample', 'A\u200bcme', 'Аcme'],
    ['LATCHKEY_ADMIN_EMAIL', 'nobody', 'a@b', 'Ada <ada@example.com>', `${'a'.repeat(300)}@example.com`],
    ['LATCHKEY_ADMIN_PASSWORD', 'short', 'x'.repeat(257), '\u{1f600}'.repeat(11), 'a lone surrogate \ud800'],
    ['LATCHKEY_SAMPLE_DATA', 'no', 'true', 'ON'],
    ['LATCHKEY_SIGNING_ALGORITHM', 'HS256', 'none', 'es256'],
    ['LATCHKEY_CORS_ORIGINS', '*', 'https://a.example/', 'null', 'a.example'],
    ['LATCHKEY_TRUSTED_PROXIES', 'proxy.example', '10.0.0.0/99', '10.0.0.1 10.0.0.2', '0.0.0.0/0', '::/0'],
    ['LATCHKEY_DATABASE_POOL', '0', '201', 'ten'],
    ['LATCHKEY_ACCEPTED_MASTER_KEYS', 'short', `${masterKey},`.repeat(4)],
    ['LATCHKEY_RATE_LIMIT_CREDENTIAL', '-1', '10000001', 'many'],
    ['LATCHKEY_RATE_LIMIT_ORGANIZATION', '-1', '1.5', 'none'],
    ['LATCHKEY_STATEMENT_TIMEOUT_MS', '99', '600001', '15s'],
    ['WEB_CONCURRENCY', '0', '65', 'auto'],
    ['LATCHKEY_METRICS_TOKEN', 'short', `${'x'.repeat(32)} `, 'ü'.repeat(40)],
    ['LOG_LEVEL', 'loud', 'INFO'],
  ])('%s', (name, ...values) => {
    for (const value of values) {
      const problems = problemsOf({ LATCHKEY_MASTER_KEY: masterKey, [name]: value });
      expect(problems, value).toEqual([expect.stringMatching(new RegExp(`^${name} should .+[^.]\\.$`, 's'))]);
      if (value.trim().length > 5) expect(problems[0]).not.toContain(value.trim());
    }
  });
});

test('every problem is told at once', () => {
  const problems = problemsOf({
    PORT: 'x',
    LOG_LEVEL: 'x',
    LATCHKEY_SAMPLE_DATA: 'x',
    LATCHKEY_NOT_THERE: 'x',
  });
  expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
    'LATCHKEY_NOT_THERE',
    'LATCHKEY_SAMPLE_DATA',
    'LOG_LEVEL',
    'PORT',
  ]);
});

test('what Kubernetes tells of a Service called latchkey is none of its business', () => {
  const links = {
    LATCHKEY_SERVICE_HOST: '10.0.0.9',
    LATCHKEY_SERVICE_PORT: '80',
    LATCHKEY_SERVICE_PORT_HTTP: '80',
    LATCHKEY_PORT: 'tcp://10.0.0.9:80',
    LATCHKEY_PORT_80_TCP: 'tcp://10.0.0.9:80',
    LATCHKEY_PORT_80_TCP_PROTO: 'tcp',
    LATCHKEY_PORT_80_TCP_PORT: '80',
    LATCHKEY_PORT_80_TCP_ADDR: '10.0.0.9',
    LATCHKEY_DB_SERVICE_HOST: '10.0.0.8',
    LATCHKEY_DB_PORT: 'tcp://10.0.0.8:5432',
  };
  expect(loadConfig(links)).toEqual(loadConfig({}));
  expect(problemsOf({ LATCHKEY_PORT: '8080' })).toEqual([expect.stringMatching(/^LATCHKEY_PORT is not a/)]);
});

test('a LATCHKEY_ variable that does not exist is a problem, so that a misspelt one is not ignored', () => {
  expect(problemsOf({ LATCHKEY_ADMIN_MAIL: 'ada@example.com' })).toEqual([
    expect.stringMatching(/^LATCHKEY_ADMIN_MAIL is not a setting/),
  ]);
  expect(problemsOf({ LATCHKEY_toString: 'x', LATCHKEY_: 'x' })).toHaveLength(2);
});

test('PostgreSQL needs the master key, which no instance may make up for itself', () => {
  expect(problemsOf({ DATABASE_URL: 'postgres://localhost/latchkey' })).toEqual([
    expect.stringMatching(/^LATCHKEY_MASTER_KEY is required with DATABASE_URL/),
  ]);
});

test('several processes need PostgreSQL, because the embedded database belongs to one', () => {
  expect(problemsOf({ WEB_CONCURRENCY: '2' })).toEqual([
    'WEB_CONCURRENCY above 1 needs DATABASE_URL: the embedded database belongs to one process at a time.',
  ]);
  const settings = {
    WEB_CONCURRENCY: '2',
    DATABASE_URL: 'postgres://localhost/latchkey',
    LATCHKEY_MASTER_KEY: masterKey,
  };
  expect(loadConfig(settings).workers).toBe(2);
});

test('limits are counted for all instances where there is PostgreSQL, unless they are to be in memory', () => {
  const postgres = {
    DATABASE_URL: 'postgres://localhost/latchkey',
    LATCHKEY_MASTER_KEY: masterKey,
  };
  expect(loadConfig({}).rateLimitStore).toBe('memory');
  expect(loadConfig(postgres).rateLimitStore).toBe('database');
  expect(loadConfig({ ...postgres, LATCHKEY_RATE_LIMIT_STORE: 'memory' }).rateLimitStore).toBe('memory');
});
