// Settings from the environment, read once. Every problem is reported at once, each with what the value should be.

import { isIP } from 'node:net';
import { z } from 'zod';
import { checkEmail, checkName } from './auth/names.ts';
import { passwordProblem } from './auth/passwords.ts';

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Processes that serve behind the port. */
  readonly workers: number;
  /** postgres://…; absent: the embedded database in `dataDirectory`. */
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  /** 32 bytes; absent with the embedded database, which keeps its own beside the data. */
  readonly masterKey: Buffer | undefined;
  /** Others, while one is exchanged for another. */
  readonly acceptedMasterKeys: readonly Buffer[];
  /** The issuer: an origin without a trailing slash. */
  readonly publicUrl: string;
  readonly organizationName: string;
  readonly adminEmail: string;
  /** Absent: one is made and printed once. */
  readonly adminPassword: string | undefined;
  /** Whether the first start makes invented records: with the embedded database, when nothing is said. */
  readonly sampleData: boolean;
  /** Of signing keys made from now on. */
  readonly signingAlgorithm: 'ES256' | 'RS256';
  /** Days after which a new signing key is published by itself; 0: never. */
  readonly keyRotationDays: number;
  readonly logLevel: string;
  /** With what /metrics may be read from other machines; absent: from this one only. */
  readonly metricsToken: string | undefined;
  /** Origins that browsers may call from; none by default. */
  readonly corsOrigins: readonly string[];
  /** Addresses or subnets of reverse proxies whose X-Forwarded-For is believed; none by default. */
  readonly trustedProxies: readonly string[];
  /** Requests a minute that one credential, and all of an organisation, may make; 0: no limit. */
  readonly requestsPerCredential: number;
  readonly requestsPerOrganization: number;
  /** Where requests and attempts are counted: each process for itself, or all instances together. */
  readonly rateLimitStore: 'memory' | 'database';
  readonly databasePoolSize: number;
  /** Whole milliseconds that a statement may run before the database gives it up. */
  readonly statementTimeoutMs: number;
  /** Milliseconds to go on after a signal to stop, not ready any more, so that load balancers see it; 0: none. */
  readonly drainMs: number;
}

/** Settings that cannot be used; `problems` has one whole sentence each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

const integer = (should: string, least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, should)
    .transform(Number)
    .refine((value) => value >= least && value <= most, should);

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const publicUrl = z.string().transform((text, context) => {
  const should = 'should be an origin such as https://keys.example.com, without path, query, or fragment';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.origin === 'null' || url.pathname !== '/' || url.search || url.hash || url.username) {
    context.addIssue(should);
    return z.NEVER;
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopbackHosts.has(url.hostname))) {
    context.addIssue('should start with https:// (http:// is for localhost only)');
    return z.NEVER;
  }
  return url.origin;
});

function keyIn(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === text ? bytes : undefined;
}

/** Each byte is as far from the one before it: all the same, or counted up or down. */
const isRow = (bytes: Buffer): boolean => {
  const step = (i: number) => ((bytes[i] ?? 0) - (bytes[i - 1] ?? 0)) & 0xff;
  return bytes.every((_, i) => i < 2 || step(i) === step(1));
};

const masterKey = z.string().transform((text, context) => {
  const key = keyIn(text);
  if (key && !isRow(key)) return key;
  context.addIssue(
    'should be 32 random bytes in base64, not all the same or in a row: make one with `openssl rand -base64 32`',
  );
  return z.NEVER;
});

/** Each is one more that whatever is forged is compared with. */
const acceptedAtMost = 3;

const masterKeyList = list.transform((texts, context) => {
  const keys = texts.map(keyIn).filter((key) => key !== undefined);
  if (keys.length === texts.length && keys.length <= acceptedAtMost) return keys;
  context.addIssue('should be up to three keys of 32 random bytes in base64, with commas between');
  return z.NEVER;
});

const subnetNames = new Set(['loopback', 'linklocal', 'uniquelocal']);
const prefixBits: Record<number, number> = { 4: 32, 6: 128 };

function isSubnet(text: string): boolean {
  const [address = '', prefix = '1', ...rest] = text.split('/');
  const most = prefixBits[isIP(address)] ?? -1;
  const isPrefix = /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= most;
  return subnetNames.has(text) || (rest.length === 0 && isPrefix);
}

const subnetList = list.refine(
  (items) => items.every(isSubnet),
  'should be a comma-separated list of addresses or subnets such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
);

interface Problem {
  message: string;
}

/** What people give as a name, an address, or a password, under the rules that the API has for it. */
const given = (check: (text: string) => { value: string } | { problem: Problem }) =>
  z.string().transform((text, context) => {
    const checked = check(text);
    if ('value' in checked) return checked.value;
    context.addIssue(`should be another one. ${checked.problem.message.replace(/\.$/, '')}`);
    return z.NEVER;
  });

const organizationName = given((text) => {
  const checked = checkName(text);
  return 'value' in checked ? { value: checked.value.name } : checked;
});

const emailAddress = given((text) => {
  const checked = checkEmail(text);
  return 'value' in checked ? { value: checked.value.email } : checked;
});

const password = given((text) => {
  const problem = passwordProblem(text);
  return problem ? { problem } : { value: text };
});

const originList = list.refine(
  (items) => items.every((item) => URL.canParse(item) && new URL(item).origin === item),
  'should be a comma-separated list of origins such as https://console.example.com',
);

const requestsPerMinute = integer(
  'should be requests a minute, from 1 to 10000000, or 0 for no limit',
  0,
  10_000_000,
);

const schema = z.object({
  PORT: integer('should be a port from 1 to 65535', 1, 65_535).default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  WEB_CONCURRENCY: integer('should be a number of processes from 1 to 64', 1, 64).default(1),
  DATABASE_URL: z
    .string()
    .refine(
      (text) => URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol),
      'should look like postgres://user:password@host:5432/database',
    )
    .optional(),
  LATCHKEY_DATA_DIR: z.string().min(1).default('./data'),
  LATCHKEY_MASTER_KEY: masterKey.optional(),
  LATCHKEY_ACCEPTED_MASTER_KEYS: masterKeyList.default([]),
  LATCHKEY_PUBLIC_URL: publicUrl.optional(),
  LATCHKEY_ORGANIZATION: organizationName.default('Example'),
  LATCHKEY_ADMIN_EMAIL: emailAddress.default('admin@example.com'),
  LATCHKEY_ADMIN_PASSWORD: password.optional(),
  LATCHKEY_SAMPLE_DATA: z.enum(['on', 'off'], 'should be on or off').optional(),
  LATCHKEY_SIGNING_ALGORITHM: z.enum(['ES256', 'RS256'], 'should be ES256 or RS256').default('ES256'),
  LATCHKEY_KEY_ROTATION_DAYS: integer('should be days from 0 (never) to 3650', 0, 3650).default(90),
  LATCHKEY_CORS_ORIGINS: originList.default([]),
  LATCHKEY_TRUSTED_PROXIES: subnetList.default([]),
  LATCHKEY_RATE_LIMIT_CREDENTIAL: requestsPerMinute.default(0),
  LATCHKEY_RATE_LIMIT_ORGANIZATION: requestsPerMinute.default(0),
  LATCHKEY_RATE_LIMIT_STORE: z.enum(['memory', 'database'], 'should be memory or database').optional(),
  LATCHKEY_DATABASE_POOL: integer('should be a number of connections from 1 to 200', 1, 200).default(12),
  LATCHKEY_STATEMENT_TIMEOUT_MS: integer('should be milliseconds from 100 to 600000', 100, 600_000).default(
    15_000,
  ),
  LATCHKEY_METRICS_TOKEN: z
    .string()
    .regex(
      /^[\w.~+/-]{32,256}=*$/,
      'should be 32 or more random characters: make them with `openssl rand -hex 32`',
    )
    .optional(),
  LATCHKEY_DRAIN_MS: integer('should be milliseconds from 0 to 60000', 0, 60_000).default(0),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'should be trace, debug, info, warn, error, fatal, or silent',
    )
    .default('info'),
});

/**
 * Variables that Kubernetes puts into a pod for a Service whose name begins with `latchkey`: of the form that it has for
 * `enableServiceLinks`.
 */
function isServiceLink(name: string, env: Record<string, string | undefined>): boolean {
  if (/_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(env[name] ?? '');
}

/**
 * Reads the settings from an environment. Unset and empty are the same; variables of other programs are ignored.
 * @throws ConfigError with every problem at once: a bad value, and a LATCHKEY_ variable that does not exist.
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const problems = Object.keys(given)
    .filter((name) => name.startsWith('LATCHKEY_') && !(name in schema.shape) && !isServiceLink(name, given))
    .map((name) => `${name} is not a setting of Latchkey. Check its spelling against .env.example.`);
  const parsed = schema.safeParse(given);
  if (!parsed.success)
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`));
  if (given.DATABASE_URL && !given.LATCHKEY_MASTER_KEY) {
    problems.push(
      'LATCHKEY_MASTER_KEY is required with DATABASE_URL: make one with `openssl rand -base64 32` and give it to every instance.',
    );
  }
  if (parsed.success && parsed.data.WEB_CONCURRENCY > 1 && !given.DATABASE_URL) {
    problems.push(
      'WEB_CONCURRENCY above 1 needs DATABASE_URL: the embedded database belongs to one process at a time.',
    );
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const values = parsed.data;
  return Object.freeze({
    port: values.PORT,
    host: values.HOST,
    workers: values.WEB_CONCURRENCY,
    databaseUrl: values.DATABASE_URL,
    dataDirectory: values.LATCHKEY_DATA_DIR,
    masterKey: values.LATCHKEY_MASTER_KEY,
    acceptedMasterKeys: values.LATCHKEY_ACCEPTED_MASTER_KEYS,
    publicUrl: values.LATCHKEY_PUBLIC_URL ?? `http://localhost:${values.PORT}`,
    organizationName: values.LATCHKEY_ORGANIZATION,
    adminEmail: values.LATCHKEY_ADMIN_EMAIL,
    adminPassword: values.LATCHKEY_ADMIN_PASSWORD,
    sampleData: (values.LATCHKEY_SAMPLE_DATA ?? (values.DATABASE_URL ? 'off' : 'on')) === 'on',
    signingAlgorithm: values.LATCHKEY_SIGNING_ALGORITHM,
    keyRotationDays: values.LATCHKEY_KEY_ROTATION_DAYS,
    logLevel: values.LOG_LEVEL,
    metricsToken: values.LATCHKEY_METRICS_TOKEN,
    corsOrigins: values.LATCHKEY_CORS_ORIGINS,
    trustedProxies: values.LATCHKEY_TRUSTED_PROXIES,
    requestsPerCredential: values.LATCHKEY_RATE_LIMIT_CREDENTIAL,
    requestsPerOrganization: values.LATCHKEY_RATE_LIMIT_ORGANIZATION,
    rateLimitStore: values.LATCHKEY_RATE_LIMIT_STORE ?? (values.DATABASE_URL ? 'database' : 'memory'),
    databasePoolSize: values.LATCHKEY_DATABASE_POOL,
    statementTimeoutMs: values.LATCHKEY_STATEMENT_TIMEOUT_MS,
    drainMs: values.LATCHKEY_DRAIN_MS,
  });
}
