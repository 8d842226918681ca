// Prometheus metrics of the process and of its work, in a registry of their own. Labels are words of this code: routes,
// statuses, codes, reasons; never an id, an address, or anything that a client wrote.

import { BlockList, isIP } from 'node:net';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { AuthObserver } from '../auth/auth.ts';
import { sameText } from '../auth/secret.ts';
import type { DataResource } from '../db/data/resources.ts';
import { AppError } from '../errors.ts';
import type { HttpRequest, Routes } from './exchange.ts';
import type { ObservedReply } from './handler.ts';
import { problemReply } from './problem.ts';

export interface Metrics {
  /** For metrics of other parts of the service. */
  readonly registry: Registry;
  readonly routes: Routes;
  /** Given to what they tell of. */
  observeReply(reply: ObservedReply): void;
  observeProblem(error: AppError): void;
  observeExport(resource: DataResource, rows: number): void;
  readonly auth: AuthObserver;
}

export interface MetricsOptions {
  /** Whoever presents it may read from anywhere; absent: this machine alone may. */
  token?: string | undefined;
  /** Makes the metrics of this process part of the server's, and what reads these; absent: this process is alone. */
  share?: ((registry: Registry) => () => Promise<string>) | undefined;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Metrics tell an attacker when a flood bites and how the service is built (ASVS 13.4.5), and Prometheus sends no
 * credential by default. So without the token only this machine may read them: the socket's own peer decides, because
 * X-Forwarded-For is whatever a client wrote, and a request that came through a proxy on this machine is not from this
 * machine. To everyone else the address does not exist.
 */
function fromThisMachine(request: HttpRequest): boolean {
  const proxied = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  const peer = request.peerAddress;
  return !proxied && isIP(peer) > 0 && loopback.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4');
}

const presents = (request: HttpRequest, token: string | undefined): boolean =>
  token !== undefined && sameText(request.headers.authorization ?? '', `Bearer ${token}`);

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const read = options.share?.(registry) ?? (() => registry.metrics());
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    routes: {
      '/metrics': {
        GET: async (request) =>
          fromThisMachine(request) || presents(request, options.token)
            ? { status: 200, headers: { 'Content-Type': registry.contentType }, body: await read() }
            : problemReply(new AppError('NOT_FOUND'), request),
      },
    },
    ...observersOf(registry),
  };
}

function observersOf(registry: Registry): Omit<Metrics, 'registry' | 'routes'> {
  const registers = [registry];
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its reply.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const problems = new Counter({
    name: 'latchkey_problems_total',
    help: 'Requests that were refused or failed, by error code and, for callers that were refused, the private reason.',
    labelNames: ['code', 'reason'],
    registers,
  });
  const tokens = new Counter({
    name: 'latchkey_access_tokens_issued_total',
    help: 'Access tokens signed.',
    registers,
  });
  const exported = new Counter({
    name: 'latchkey_exported_rows_total',
    help: 'Records read for bulk exports.',
    labelNames: ['resource'],
    registers,
  });
  const batches = new Histogram({
    name: 'latchkey_state_batch_size',
    help: 'Callers whose state was read by one statement.',
    labelNames: ['kind'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 500],
    registers,
  });
  const countedInMemory = new Counter({
    name: 'latchkey_rate_limits_counted_in_memory_total',
    help: 'Requests and attempts that this process counted for itself, because the database could not count them.',
    registers,
  });
  // The primary of several processes adds its count: see cli/worker-metrics.ts.
  new Counter({
    name: 'latchkey_workers_replaced_total',
    help: 'Processes of this server that ended, or hung and were killed, and were replaced.',
    registers,
  });
  return {
    observeReply: ({ route, status, seconds }) => durations.observe({ route, status }, seconds),
    observeProblem: ({ code, reason }) => problems.inc({ code, reason: reason ?? 'none' }),
    observeExport: (resource, rows) => exported.inc({ resource }, rows),
    auth: {
      stateBatch: (kind, size) => batches.observe({ kind }, size),
      tokenIssued: () => tokens.inc(),
      countedInMemory: () => countedInMemory.inc(),
    },
  };
}
