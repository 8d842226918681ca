// Answers what node:http could not read as a request: bad syntax 400, too slow 408, headers too large 431.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { InFlight } from './in-flight.ts';
import { lingerBytes, lingerMs } from './reply.ts';

const answers: Record<string, { status: number; code: string; message: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'BAD_USER_INPUT',
    message: 'The request has too many headers, or too much in them. Send fewer, and less in them.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'REQUEST_TIMEOUT',
    message: 'The request did not arrive in time. Send it again.',
  },
};

const malformed = {
  status: 400,
  code: 'BAD_USER_INPUT',
  message: 'The request is not valid HTTP. Correct it and send it again.',
};

export interface ConnectionErrorOptions {
  readonly inFlight: InFlight;
  readonly log: Logger;
  readonly everyReply: Record<string, string>;
  newRequestId(): string;
}

/**
 * The listener for `clientError`. It closes the connection, with an answer when one can still be told apart from the
 * reply to an earlier request. What the client sent is not logged. A client that is still talking is heard out for a
 * moment: closing at once would reset the connection before the answer is read.
 */
export function connectionErrorHandler({ inFlight, log, everyReply, newRequestId }: ConnectionErrorOptions) {
  /** What had been read of each connection when it got its answer. */
  const answered = new WeakMap<Duplex, number>();
  return (error: NodeJS.ErrnoException, socket: Duplex): void => {
    const { bytesRead } = socket as Socket;
    const readBefore = answered.get(socket);
    // Whatever else it says is an error again.
    if (readBefore !== undefined && bytesRead - readBefore <= lingerBytes) return;
    const open = inFlight.replyOn(socket);
    const answerable = open === undefined || !(open.headersSent || open.req.complete);
    if (error.code === 'ECONNRESET' || !socket.writable || !answerable) {
      socket.destroy();
      return;
    }
    const requestId = newRequestId();
    const { status, code, message } = answers[error.code ?? ''] ?? malformed;
    const body = JSON.stringify({ error: { code, message, requestId } });
    answered.set(socket, bytesRead);
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer)).once('end', () => socket.destroy());
    socket.end(rawReply(status, { ...everyReply, 'X-Request-Id': requestId }, body));
    log.info({ requestId, status, reason: error.code }, 'connection refused');
  };
}

function rawReply(status: number, headers: Record<string, string>, body: string): string {
  const all = {
    ...headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}
