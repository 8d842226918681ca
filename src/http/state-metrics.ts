// Metrics that are looked up when they are read: the pools, the queues of argon2, the age of the signing key, the
// clock.

import { setTimeout as pause } from 'node:timers/promises';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Auth } from '../auth/auth.ts';
import { signingKeyMadeAt } from '../auth/signing-keys.ts';
import { readClock } from '../db/clock.ts';
import type { PoolStatuses } from '../db/database.ts';

/** Longer than a look-up takes, and shorter than whoever reads the metrics waits: they are wanted most when it hangs. */
const lookUpMs = 1_000;

/** Undefined when it fails, or takes too long. */
const inTime = <Result>(lookUp: Promise<Result>): Promise<Result | undefined> =>
  Promise.race([lookUp.catch(() => undefined), pause(lookUpMs, undefined, { ref: false })]);

/** In seconds, to half of the time that the look-up takes. */
async function clockAhead({ db, now }: Auth): Promise<number> {
  const before = now().getTime();
  const theirs = await readClock(db);
  return ((before + now().getTime()) / 2 - theirs.getTime()) / 1000;
}

/** Adds them to a registry. Of several processes the numbers are summed, and of the ages the greatest is told. */
export function addStateMetrics(registry: Registry, auth: Auth, poolStatus: () => PoolStatuses): void {
  const registers = [registry];
  new Gauge({
    name: 'latchkey_database_connections',
    help: 'Connections to the database, in use and idle: of what reads records and lists, and of all else.',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, { total, idle }] of Object.entries(poolStatus())) {
        this.set({ pool, state: 'used' }, total - idle);
        this.set({ pool, state: 'idle' }, idle);
      }
    },
  });
  new Gauge({
    name: 'latchkey_database_waiting',
    help: 'Work that waits for a connection to the database: what reads records and lists, and all else.',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, { waiting }] of Object.entries(poolStatus())) this.set({ pool }, waiting);
    },
  });
  new Gauge({
    name: 'latchkey_argon2_jobs',
    help: 'Checks and hashes by argon2id: of the secrets of machines, and of the passwords of people.',
    labelNames: ['queue', 'state'],
    registers,
    collect() {
      for (const queue of ['secrets', 'passwords'] as const) {
        const { running, waiting } = auth[queue].queueStatus();
        this.set({ queue, state: 'running' }, running);
        this.set({ queue, state: 'waiting' }, waiting);
      }
    },
  });
  new Counter({
    name: 'latchkey_argon2_runs_total',
    help: 'Checks and hashes by argon2id that were begun. What is forged adds none.',
    labelNames: ['queue'],
    registers,
    collect() {
      this.reset();
      for (const queue of ['secrets', 'passwords'] as const)
        this.inc({ queue }, auth[queue].queueStatus().begun);
    },
  });
  new Gauge({
    name: 'latchkey_signing_key_age_seconds',
    help: 'Time since the key that signs access tokens was made. Absent while the database cannot be asked.',
    registers,
    aggregator: 'max',
    async collect() {
      const madeAt = await inTime(signingKeyMadeAt(auth.db, auth.now()));
      if (madeAt) this.set((auth.now().getTime() - madeAt.getTime()) / 1000);
      else this.remove();
    },
  });
  new Gauge({
    name: 'latchkey_clock_ahead_of_database_seconds',
    help: "By how much this process's clock is ahead of the database's. Absent while the database cannot be asked.",
    registers,
    aggregator: 'average',
    async collect() {
      const ahead = await inTime(clockAhead(auth));
      if (ahead === undefined) this.remove();
      else this.set(ahead);
    },
  });
}
