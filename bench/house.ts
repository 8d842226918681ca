// What every case stands on: a real PostgreSQL, and in it an organisation of Latchkey's with its records and an API key.

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { freePort, startPostgres } from '../test/support/postgres-server.ts';
import type { Options } from './options.ts';
import {
  type Core,
  familyCpuMs,
  lineWith,
  type Program,
  parentOf,
  pin,
  startLatchkey,
  startOwn,
} from './programs.ts';

export interface Client {
  clientId: string;
  clientSecret: string;
}

export interface House {
  organizationId: string;
  /** Of every scope, as the OAuth client has them. */
  apiKey: string;
  client: Client;
  /** How many there are. */
  interactions: number;
  postgresVersion: string;
  /** Milliseconds of CPU that PostgreSQL has used so far. */
  postgresCpuMs(): number | undefined;
  urlOf(database: string): string;
  /** The settings of a Latchkey on that database. */
  envOf(database: string): Record<string, string>;
  query<Row extends pg.QueryResultRow>(database: string, text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Migrated, with an organisation and a key, without a record. */
export const emptyDatabase = 'latchkey_empty';
/** The same with records. */
export const database = 'latchkey';

/** As in production, but that nothing runs of itself while something is measured. */
const settings = {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
  autovacuum: 'off',
  jit: 'off',
};

/** Records of all kinds that a sample has for each interaction, and a little more. */
const recordsPerInteraction = 2.7;
export const email = 'admin@example.com';
const password = randomBytes(16).toString('hex');

/** Settings of every Latchkey here: a Super Admin whom the measurements know, and no records of itself. */
export const settingsOfLatchkey = {
  LATCHKEY_ADMIN_EMAIL: email,
  LATCHKEY_ADMIN_PASSWORD: password,
  LATCHKEY_SAMPLE_DATA: 'off',
};

/** The arguments that make at least so many interactions, always the same ones. */
export const sampleOf = (interactions: number): string[] => {
  const records = Math.ceil(interactions * recordsPerInteraction);
  return ['sample', '--rows', String(records), '--until', '2026-06-01', '--days', '365'];
};

export async function openHouse(options: Options, say: (text: string) => void): Promise<House> {
  say('starting PostgreSQL');
  const server = await startPostgres(settings);
  try {
    return await furnish(server, options, say);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function furnish(
  server: Awaited<ReturnType<typeof startPostgres>>,
  options: Options,
  say: (text: string) => void,
): Promise<House> {
  const masterKey = randomBytes(32).toString('base64');
  const urlOf = (name: string) => server.url.replace(/postgres$/, name);
  const envOf = (name: string) => ({
    DATABASE_URL: urlOf(name),
    LATCHKEY_MASTER_KEY: masterKey,
    ...settingsOfLatchkey,
  });
  const query: House['query'] = async (name, text, values) => {
    const client = new pg.Client({ connectionString: urlOf(name) });
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const postmaster = await postmasterOf(query);
  if (postmaster !== undefined) pin(postmaster, 'postgres');

  await query('postgres', `create database ${emptyDatabase}`);
  const latchkey = await serveLatchkey(envOf(emptyDatabase));
  const apiKey = await createApiKey(latchkey.url);
  const client = await createClient(latchkey.url);
  await latchkey.program.stop();

  await query('postgres', `create database ${database} template ${emptyDatabase}`);
  say(`making ${options.rows.toLocaleString('en-US')} interactions, and what belongs to them`);
  const env = envOf(database);
  await startLatchkey(sampleOf(options.rows), { env, stdio: ['ignore', 'ignore'] }).ended();
  await query(database, 'vacuum (analyze)');
  await query('postgres', 'checkpoint');
  const [organization] = await query<{ id: string }>(database, 'select id from organizations');
  const [counted] = await query<{ count: number }>(
    database,
    'select count(*)::int as count from interactions',
  );
  const [version] = await query<{ server_version: string }>(database, 'show server_version');
  return {
    organizationId: organization?.id ?? '',
    apiKey,
    client,
    interactions: counted?.count ?? 0,
    postgresVersion: version?.server_version ?? '',
    postgresCpuMs: () => (postmaster === undefined ? undefined : familyCpuMs(postmaster)),
    urlOf,
    envOf,
    query,
    close: () => server.stop(),
  };
}

async function postmasterOf(query: House['query']): Promise<number | undefined> {
  const [row] = await query<{ pid: number }>(
    'postgres',
    "select pid from pg_stat_activity where backend_type = 'checkpointer'",
  );
  return row && parentOf(row.pid);
}

export interface Server {
  url: string;
  program: Program;
}

/** `latchkey serve`, on a free port. */
export async function serveLatchkey(env: Record<string, string>, core: Core = 'server'): Promise<Server> {
  const port = String(await freePort());
  const program = startLatchkey(['serve'], { env: { PORT: port, ...env }, core });
  await lineWith(program, /^Latchkey is listening at /);
  return { url: `http://127.0.0.1:${port}`, program };
}

/** A program of peers/, on a free port. */
export async function startPeer(name: string, env: Record<string, string>): Promise<Server> {
  const program = startOwn(`peers/${name}`, { env, core: 'server' });
  const [, port] = await lineWith(program, /^listening at (\d+)$/);
  return { url: `http://127.0.0.1:${port}`, program };
}

/** The session token of the Super Admin. */
export async function signInAsAdmin(url: string): Promise<string> {
  const { signIn } = await ask<{ signIn: { sessionToken: string } }>(
    url,
    'mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }',
    { input: { email, password, transport: 'BEARER' } },
  );
  return signIn.sessionToken;
}

/** What credentials here are called. */
export const credentialNames = { API_KEY: 'Bench key', OAUTH2_CLIENT_CREDENTIALS: 'Bench client' } as const;

export const createApiKey = async (url: string): Promise<string> =>
  (await createCredential<{ apiKey: string }>(url, 'API_KEY')).apiKey;

export const createClient = (url: string): Promise<Client> =>
  createCredential(url, 'OAUTH2_CLIENT_CREDENTIALS');

/** A credential of every scope of the Data API, made as a Super Admin makes one. */
async function createCredential<Secret>(
  url: string,
  authenticationType: keyof typeof credentialNames,
): Promise<Secret> {
  const { createCredential } = await ask<{ createCredential: { secret: Secret } }>(
    url,
    `mutation ($input: CreateCredentialInput!) {
      createCredential(input: $input) {
        secret { ... on ApiKeySecret { apiKey } ... on OAuthClientSecret { clientId clientSecret } }
      }
    }`,
    {
      input: {
        name: credentialNames[authenticationType],
        authenticationType,
        scopes: ['CONVERSATIONS', 'INTERACTIONS', 'PLUGIN_CALLS', 'PLUGIN_RESOURCES', 'USERS'],
      },
    },
    await signInAsAdmin(url),
  );
  return createCredential.secret;
}

/** @throws Error unless the operation succeeds */
export async function ask<Data>(
  url: string,
  query: string,
  variables: object = {},
  token?: string,
): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const reply = JSON.parse(text) as { data?: Data; errors?: unknown };
  if (response.status !== 200 || reply.errors || !reply.data) throw new Error(`${url} replied ${text}`);
  return reply.data;
}
