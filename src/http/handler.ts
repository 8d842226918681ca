// One request from its head to its log line: what is true of every request and reply, whatever the route. An id, the
// headers of every reply, errors without their cause, one line in the log.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { KnownCaller } from '../auth/principal.ts';
import { asAppError } from '../db/unavailable.ts';
import { AppError } from '../errors.ts';
import type { Tracing } from '../tracing.ts';
import { readBody } from './body.ts';
import { corsHeaders } from './cors.ts';
import type { HttpReply, HttpRequest, Routes } from './exchange.ts';
import type { InFlight } from './in-flight.ts';
import { type Precedence, presentedBy } from './precedence.ts';
import { problemReply } from './problem.ts';
import { sendReply } from './reply.ts';
import { IncomingRequest, loggablePath, trustsAddress } from './request.ts';
import { resourceMetadataPath } from './resource-metadata.ts';
import { type RouteMap, routed, routeOf } from './routing.ts';
import type { UnreadReplies } from './unread-replies.ts';

export interface ObservedReply {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

export interface HandlerOptions {
  readonly routes: Routes;
  readonly log: Logger;
  readonly now: () => number;
  readonly allowCors: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly newRequestId: () => string;
  /** The origin that clients use. */
  readonly publicUrl?: string;
  readonly onReply?: (reply: ObservedReply) => void;
  readonly onProblem?: (error: AppError) => void;
  readonly tracing: Tracing;
  readonly bodyTimeoutMs: number;
  readonly everyReply: Record<string, string>;
  readonly inFlight: InFlight;
  readonly precedence: Precedence;
  readonly unreadReplies: UnreadReplies;
  /** While true, requests are refused with 503 and connections closed after their reply. */
  readonly stopping: () => boolean;
  /** Paths for which it says no are refused with 503: the service is starting. */
  readonly isServed?: (path: string) => boolean;
  /** Paths at which nobody waits for others. */
  readonly isAhead?: (path: string) => boolean;
  /** While it says yes, connections are closed after their reply. */
  readonly isLeaving?: () => boolean;
}

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** The listener for requests. It never throws, and every request gets a reply or a closed connection. */
export function createHandler(options: HandlerOptions): Handle {
  const {
    log,
    now,
    newRequestId,
    inFlight,
    precedence,
    onProblem = () => {},
    isAhead = () => false,
  } = options;
  const routes: RouteMap = new Map(Object.entries(options.routes));
  const trusted = trustsAddress(options.trustedProxies);
  const resourceMetadata = (path: string) => {
    const metadataPath = resourceMetadataPath(path);
    return routes.has(metadataPath) ? `${options.publicUrl}${metadataPath}` : undefined;
  };
  return (incoming, outgoing) => {
    const startedAt = now();
    const readBody = bodyReader(incoming, outgoing, options.bodyTimeoutMs);
    const presented = presentedBy(incoming.headers);
    const request = new IncomingRequest({
      incoming,
      trusted,
      log,
      newRequestId,
      onProblem,
      onPresented: (isGood) => precedence.note(presented, isGood),
      resourceMetadata,
      readBody,
    });
    // A client that goes away while it is written to is its own affair, and shows in the log as aborted.
    outgoing.on('error', () => {});
    const { method, path, headers } = request;
    const route = routeOf(routes, path) ?? 'unmatched';
    options.tracing.request({ method, route, headers }, (end) => {
      const unread = options.unreadReplies.place();
      const underWay = inFlight.enter(incoming.socket, outgoing, () => {
        unread.leave();
        const status = outgoing.headersSent ? outgoing.statusCode : clientWentAway;
        conclude(options, request, outgoing, { route, status, ms: now() - startedAt });
        end(status);
      });
      if (underWay > pipelinedAtMost) {
        request.log.info({ underWay }, 'connection closed: more requests than it may have under way');
        incoming.socket.destroy();
        return;
      }
      const isFirst = isAhead(path) || precedence.knows(presented);
      answer(options, routes, request, isFirst ? undefined : precedence)
        .then((reply) => {
          const isKept = unread.keep(request.caller?.organizationId ?? request.address, reply);
          const sent = isKept ? reply : problemAt(routes, request, tooMuchUnread());
          return sendReply(incoming, outgoing, sent, headersFor(options, request));
        })
        .catch((error: unknown) => {
          request.log.error({ err: error }, 'reply failed');
          outgoing.destroy();
        });
    });
  };
}

const bodyReader =
  (incoming: IncomingMessage, outgoing: ServerResponse, timeoutMs: number) => (limitBytes: number) =>
    readBody(incoming, {
      limitBytes,
      timeoutMs,
      onAccepted: () => {
        if (incoming.headers.expect?.toLowerCase() === '100-continue') outgoing.writeContinue();
      },
    });

async function answer(
  { stopping, isServed = () => true }: HandlerOptions,
  routes: RouteMap,
  request: IncomingRequest,
  precedence: Precedence | undefined,
): Promise<HttpReply> {
  try {
    if (request.headerCount > headersAtMost) throw tooManyHeaders();
    if (precedence) await precedence.turn(request.address, () => request.isGone);
    if (stopping()) throw stoppingError();
    if (!isServed(request.path)) throw startingError();
    if (request.hasSecondAuthorization) throw twoAuthorizations();
    return await routed(routes, request);
  } catch (thrown) {
    return problemAt(routes, request, asAppError(thrown));
  }
}

function problemAt(routes: RouteMap, request: HttpRequest, error: AppError): HttpReply {
  request.noteProblem(error);
  return (routes.get(request.path)?.problem ?? problemReply)(error, request);
}

/** Of a request; some proxies allow as many, and a tenth is usual. */
export const headersAtMost = 100;

const tooManyHeaders = () =>
  new AppError('BAD_USER_INPUT', {
    sentence: `The request has more than ${headersAtMost} headers. Send fewer.`,
    reason: 'malformed',
  });

/** Requests of one connection that are not answered yet. */
const pipelinedAtMost = 100;

const tooMuchUnread = () =>
  new AppError('SERVICE_UNAVAILABLE', {
    sentence:
      'Too much of what you asked for waits to be read. Read it, and ask for less at a time, or ask again later.',
    retryAfterSeconds: 1,
  });

const stoppingError = () =>
  new AppError('SERVICE_UNAVAILABLE', { detail: 'The server is stopping.', retryAfterSeconds: 1 });

const startingError = () => new AppError('SERVICE_UNAVAILABLE', { detail: 'The server is starting.' });

/** Whoever stands in between may have looked at the other one (RFC 6750 section 3.1). */
const twoAuthorizations = () =>
  new AppError('BAD_USER_INPUT', {
    sentence: 'There is more than one Authorization header. Send one.',
    reason: 'malformed',
  });

const headersFor = (options: HandlerOptions, request: HttpRequest): Record<string, string> => ({
  ...options.everyReply,
  ...corsHeaders(request.path, request.headers.origin, options.allowCors),
  'X-Request-Id': request.requestId,
  ...request.replyHeaders,
  ...(options.stopping() || options.isLeaving?.() ? { Connection: 'close' } : {}),
});

/** In the log and the metrics, as proxies have it: of a request whose client did not wait for the head of its reply. */
const clientWentAway = 499;

/** The one log line of a request, with who sent it and the private side of a refusal: no query, no headers, no body. */
function conclude(
  options: HandlerOptions,
  request: IncomingRequest,
  outgoing: ServerResponse,
  { route, status, ms }: { route: string; status: number; ms: number },
): void {
  const { requestId, method, address, refusal, operation } = request;
  const aborted = outgoing.writableFinished ? undefined : true;
  const path = loggablePath(request.path);
  const rounded = Math.round(ms * 10) / 10;
  const { organizationId, credentialId, accountId }: Partial<KnownCaller> =
    request.caller ?? refusal?.subject ?? {};
  const who = { address, organizationId, credentialId, accountId };
  const why = { aborted, code: refusal?.code, detail: refusal?.message };
  options.log.info({ requestId, method, path, operation, status, ms: rounded, ...who, ...why }, 'request');
  options.onReply?.({ route, method, status, seconds: ms / 1000 });
}
