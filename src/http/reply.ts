// Puts a reply on the wire with the headers that every reply carries. Refusing a body it did not read, it lets the
// client finish talking for a moment: closing at once would reset the connection before the answer is read.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { announcesBody } from './body.ts';
import type { BodyWriter, HttpReply } from './exchange.ts';

/** How long a client that was answered may go on talking, and how much it may say. */
export const lingerMs = 2_000;
export const lingerBytes = 8 * 1024 * 1024;

/** Characters. */
const longText = 64 * 1024;

/** The headers of every reply. Strict-Transport-Security only where the service is reached by https. */
export const securityHeaders = (https: boolean): Record<string, string> => ({
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  ...(https ? { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } : {}),
});

/**
 * Sends a reply; later headers win over earlier ones. A client that is gone is not an error. A reply that was there before
 * its request was read waits for one turn: a body that came together with the head is complete then, and costs nobody the
 * connection.
 */
export function sendReply(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  reply: HttpReply,
  everyReply: Record<string, string>,
): void | Promise<void> {
  const sendIt = () => send(incoming, outgoing, reply, everyReply);
  return isUnread(incoming) ? nextTurn().then(sendIt) : sendIt();
}

const isUnread = (incoming: IncomingMessage): boolean => announcesBody(incoming) && !incoming.complete;

function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  reply: HttpReply,
  everyReply: Record<string, string>,
): void {
  const body = inBytes(reply.body ?? '');
  if (outgoing.destroyed || outgoing.headersSent) return;
  const headers: OutgoingHttpHeaders = { ...everyReply, ...reply.headers };
  // What a reply varies by comes on top of Origin; every other header replaces the one for all.
  if (everyReply.Vary && reply.headers?.Vary) headers.Vary = `${everyReply.Vary}, ${reply.headers.Vary}`;
  if (typeof body === 'function') {
    outgoing.writeHead(reply.status, headers);
    sendPiecemeal(incoming, outgoing, body);
    return;
  }
  if (reply.status !== 204 && reply.status !== 304) headers['Content-Length'] = Buffer.byteLength(body);
  const unread = isUnread(incoming);
  if (unread) headers.Connection = 'close';
  outgoing.writeHead(reply.status, headers);
  const stillTalking = unread && incoming.headers.expect === undefined;
  if (stillTalking) linger(incoming, outgoing, body);
  else outgoing.end(body);
}

/** Text that takes a while to write is made bytes here: the socket would set aside three bytes for each character of it. */
const inBytes = (body: string | Buffer | BodyWriter): string | Buffer | BodyWriter =>
  typeof body === 'string' && body.length > longText ? Buffer.from(body) : body;

/** Without a length: what tells its end from a cut connection is the last chunk, which only a whole body gets. */
function sendPiecemeal(incoming: IncomingMessage, outgoing: ServerResponse, write: BodyWriter): void {
  if (incoming.method === 'HEAD') outgoing.end();
  else write(outgoing).catch(() => incoming.socket.resetAndDestroy());
}

/** The whole answer goes out now; the connection is closed when the client has said the rest, or too much of it. */
function linger(incoming: IncomingMessage, outgoing: ServerResponse, body: string | Buffer): void {
  let ignored = 0;
  const end = () => {
    clearTimeout(timer);
    outgoing.end();
  };
  const timer = setTimeout(end, lingerMs);
  outgoing.flushHeaders();
  if (body.length > 0) outgoing.write(body);
  incoming.on('data', (chunk: Buffer) => {
    ignored += chunk.length;
    if (ignored > lingerBytes) end();
  });
  incoming.once('end', end).once('close', end).resume();
}
