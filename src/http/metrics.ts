// Prometheus metrics of the process and of its replies, in a registry of their own.

import { BlockList, isIP } from 'node:net';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { AppError } from '../errors.ts';
import type { HttpRequest, Routes } from './exchange.ts';
import type { ObservedReply } from './handler.ts';
import { problemReply } from './problem.ts';

export interface Metrics {
  /** For metrics of other parts of the service. */
  readonly registry: Registry;
  readonly routes: Routes;
  /** Given to the server as `onReply`. */
  observeReply(reply: ObservedReply): void;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Metrics tell an attacker when a flood bites and how the service is built (ASVS 13.4.5), and Prometheus sends no
 * credential by default. So only this machine may read them: the socket's own peer decides, because X-Forwarded-For is
 * whatever a client wrote, and a request that came through a proxy on this machine is not from this machine.
 * To everyone else the address does not exist.
 */
function fromThisMachine(request: HttpRequest): boolean {
  const proxied = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  const peer = request.peerAddress;
  return !proxied && isIP(peer) > 0 && loopback.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4');
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its reply.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    registry,
    routes: {
      '/metrics': {
        GET: async (request) =>
          fromThisMachine(request)
            ? {
                status: 200,
                headers: { 'Content-Type': registry.contentType },
                body: await registry.metrics(),
              }
            : problemReply(new AppError('NOT_FOUND'), request),
      },
    },
    observeReply: ({ route, status, seconds }) => durations.observe({ route, status }, seconds),
  };
}
