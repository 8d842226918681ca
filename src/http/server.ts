// The HTTP server: bare node:http over a table of exact paths, with every wait bounded and a clean stop. It knows no
// route by name.

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { AppError } from '../errors.ts';
import { noTracing, type Tracing } from '../tracing.ts';
import { connectionErrorHandler } from './connection-error.ts';
import type { Routes } from './exchange.ts';
import { createHandler, headersAtMost, type ObservedReply } from './handler.ts';
import { atMost, createInFlight, type InFlight } from './in-flight.ts';
import { Precedence } from './precedence.ts';
import { securityHeaders } from './reply.ts';
import { UnreadReplies } from './unread-replies.ts';

export interface HttpServerOptions {
  readonly routes: Routes;
  readonly log: Logger;
  /** Milliseconds on a clock that never goes back, for durations. */
  readonly now?: () => number;
  /** Origins that browsers may call from; none: CORS is closed. */
  readonly allowCors: readonly string[];
  /** Addresses or subnets whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly newRequestId: () => string;
  /** Under https, replies carry Strict-Transport-Security. */
  readonly publicUrl?: string;
  /** Told of every reply, with the path of the route table or `unmatched`. */
  readonly onReply?: (reply: ObservedReply) => void;
  /** Told of every problem that a request was answered with. */
  readonly onProblem?: (error: AppError) => void;
  readonly tracing?: Tracing;
  /** Paths for which it says no are refused with 503: the service is starting. Absent: everything is served. */
  readonly isServed?: (path: string) => boolean;
  /** Paths at which nobody waits for others, as health probes must not. Elsewhere callers that are known go ahead. */
  readonly isAhead?: (path: string) => boolean;
  /** How many requests may wait for others, those of one address a fifth of them; absent: 5,000. */
  readonly waitingAtMost?: number;
  /** How many bytes of long replies may wait to be read; absent: 256 MB. */
  readonly unreadBytes?: number;
  /** While it says yes, connections are closed after their reply, so that clients come back by way of another server. */
  readonly isLeaving?: () => boolean;
  readonly timeouts?: Partial<HttpTimeouts>;
}

export interface HttpTimeouts {
  /** For the head of a request. */
  readonly headersMs: number;
  /** For a body to arrive, once a route reads it. */
  readonly bodyMs: number;
  /** For a whole request to arrive. */
  readonly requestMs: number;
  /** For the next request on an open connection: longer than the usual 60 s of a load balancer. */
  readonly keepAliveMs: number;
  /** For a connection on which nothing moves in the middle of an exchange. */
  readonly silenceMs: number;
}

const defaultTimeouts: HttpTimeouts = {
  headersMs: 10_000,
  bodyMs: 20_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  silenceMs: 120_000,
};

export interface HttpServer {
  /** Not listening yet. */
  readonly server: http.Server;
  handle(incoming: IncomingMessage, outgoing: ServerResponse): void;
  /**
   * Takes no new connections and refuses new requests with 503, closes idle connections, waits for requests in flight
   * up to `graceMs`, then destroys what is left. Safe to call twice.
   */
  stop(graceMs: number): Promise<void>;
}

/** How long connections without an open reply may still speak at the end of a stop, to be told 503. */
const lastWordsMs = 200;

/** Puts the routes behind a server that is not listening yet. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { log, newRequestId } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const everyReply = securityHeaders(options.publicUrl?.startsWith('https://') ?? false);
  const inFlight = createInFlight();
  const precedence = new Precedence(options.waitingAtMost);
  const unreadReplies = new UnreadReplies(options.unreadBytes);
  let stopped: Promise<void> | undefined;
  const handle = createHandler({
    ...options,
    now: options.now ?? (() => performance.now()),
    tracing: options.tracing ?? noTracing,
    bodyTimeoutMs: timeouts.bodyMs,
    everyReply,
    inFlight,
    precedence,
    unreadReplies,
    stopping: () => stopped !== undefined,
  });
  const server = nodeServer(timeouts);
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, handle);
  server.on('connection', () => precedence.arrival());
  server.on('clientError', connectionErrorHandler({ inFlight, log, everyReply, newRequestId }));
  return {
    server,
    handle,
    stop(graceMs) {
      stopped ??= stopServer(server, inFlight, graceMs);
      return stopped;
    },
  };
}

async function stopServer(server: http.Server, inFlight: InFlight, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await atMost(inFlight.drained(), graceMs);
  await atMost(closed, Math.min(lastWordsMs, graceMs));
  server.closeAllConnections();
  await closed;
}

/** node:http with every limit stated, so that no default of a later Node loosens one. */
function nodeServer(timeouts: HttpTimeouts): http.Server {
  const server = http.createServer({
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, timeouts.headersMs),
    maxHeaderSize: 16 * 1024,
    insecureHTTPParser: false,
    noDelay: true,
  });
  // One more than is allowed: Node leaves out the rest, and who sends more is told.
  server.maxHeadersCount = headersAtMost + 1;
  server.maxRequestsPerSocket = 0;
  server.setTimeout(timeouts.silenceMs);
  return server;
}
