// The whole app on a fresh database, listening on a port of its own, with a clock that the test owns.

import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { inject } from 'vitest';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import { arrangeFirstStart, createOrganization } from '../../src/auth/first-start.ts';
import { deriveServerKeys, type ServerKeys } from '../../src/auth/server-keys.ts';
import type { SigningAlgorithm } from '../../src/auth/signing-keys.ts';
import { findOrganization, type Organization } from '../../src/db/organizations.ts';
import type { Database } from '../../src/db/tables.ts';
import { createLog } from '../../src/log.ts';
import { type TestDatabase, testDatabase } from './database.ts';

export const adminPassword = 'correct horse battery staple';
export const issuer = 'http://localhost:4000';

export interface Clock {
  now: () => Date;
  advance(seconds: number): void;
}

export interface TestApp extends App {
  url: string;
  db: Database;
  database: TestDatabase;
  keys: ServerKeys;
  clock: Clock;
  /** Every line that was logged. */
  log: string[];
  organization: Organization;
  close(): Promise<void>;
}

/** Starts with the real time: signatures of the outside world are judged by it. */
function createClock(): Clock {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    advance(seconds) {
      ahead += seconds * 1000;
    },
  };
}

const usualSettings: AppOptions['config'] = {
  publicUrl: issuer,
  corsOrigins: [],
  trustedProxies: [],
  // As in production, where the embedded database counts in memory.
  rateLimitStore: inject('engine') === 'postgres' ? 'database' : 'memory',
  requestsPerCredential: 0,
  requestsPerOrganization: 0,
  metricsToken: undefined,
};

export interface AppSettings extends Partial<AppOptions['config']> {
  /** Where clients outside find it, when they follow its metadata's `publicUrl`. */
  port?: number;
  signingAlgorithm?: SigningAlgorithm;
  /** As in production, where the time of a sign-in is looked at; absent: tests do not wait for it. */
  signInHoldMs?: number;
}

/** Starts the app over a database, its own or another instance's. */
export async function startApp(
  over?: Pick<TestApp, 'database' | 'keys' | 'organization' | 'clock'>,
  { port: wantedPort = 0, signingAlgorithm = 'ES256', signInHoldMs = 0, ...settings }: AppSettings = {},
): Promise<TestApp> {
  const database = over?.database ?? (await testDatabase());
  const keys = over?.keys ?? deriveServerKeys(randomBytes(32));
  const clock = over?.clock ?? createClock();
  const organization =
    over?.organization ?? (await arrange(database.db, keys, clock.now(), signingAlgorithm));
  const log: string[] = [];
  const app = createApp({
    config: { ...usualSettings, ...settings },
    db: database.db,
    readsOf: database.readsOf,
    poolStatus: database.poolStatus,
    keys,
    now: clock.now,
    signInHoldMs,
    log: createLog('debug', { write: (line) => void log.push(line) }),
  });
  await new Promise<void>((resolve) => app.http.server.listen(wantedPort, '127.0.0.1', resolve));
  const { port } = app.http.server.address() as AddressInfo;
  const close = async () => {
    await app.stop(1_000);
    if (!over) await database.drop();
  };
  return {
    ...app,
    url: `http://127.0.0.1:${port}`,
    db: database.db,
    database,
    keys,
    clock,
    log,
    organization,
    close,
  };
}

async function arrange(
  db: Database,
  keys: ServerKeys,
  now: Date,
  signingAlgorithm: SigningAlgorithm,
): Promise<Organization> {
  const organization = await arrangeFirstStart(db, keys, {
    organizationName: 'Acme',
    adminEmail: 'admin@acme.example',
    adminPassword,
    signingAlgorithm,
    sampleData: false,
    now,
    announce: async () => {},
  });
  return (await findOrganization(db, organization?.id ?? '')) as Organization;
}

/** Another tenant of the same app, with its own Super Admin under `email`. */
export function addOrganization(app: TestApp, name: string, email: string): Promise<Organization> {
  return app.db.transaction().execute((tx) =>
    createOrganization(tx, {
      organizationName: name,
      adminEmail: email,
      password: adminPassword,
      now: app.clock.now(),
    }),
  );
}
