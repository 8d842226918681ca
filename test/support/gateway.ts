// A gateway between a pipeline and the server, on loopback: it passes everything on, and now and then it is busy, answers
// for itself, or cuts a reply, as gateways do.

import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is done with one request. Absent: it is passed on, and its reply comes whole. */
export type Mishap = { busyForSeconds: number } | { cutAfterBytes: number } | OwnAnswer | undefined;

interface OwnAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface Gateway {
  readonly url: string;
  /** The paths with queries that were asked for, in order, busy or not. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** @param mishap asked for every request, with its place among all: 0 is the first. The request waits for the answer. */
export async function startGateway(
  target: string,
  mishap: (path: string, place: number) => Mishap | Promise<Mishap>,
): Promise<Gateway> {
  const asked: string[] = [];
  const server = http.createServer(async (incoming, outgoing) => {
    const path = incoming.url ?? '/';
    const met = await mishap(path, asked.push(path) - 1);
    if (met && 'busyForSeconds' in met) {
      answer(incoming, outgoing, busy({ 'Retry-After': String(met.busyForSeconds) }));
    } else if (met && 'status' in met) answer(incoming, outgoing, met);
    else passOn(target, incoming, outgoing, met?.cutAfterBytes ?? Number.POSITIVE_INFINITY);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export const busy = (headers: Record<string, string>) => ({ status: 503, headers, body: '<h1>Busy</h1>' });

function answer(incoming: IncomingMessage, outgoing: ServerResponse, { status, headers, body }: OwnAnswer) {
  incoming.resume();
  outgoing.writeHead(status, headers).end(body);
}

function passOn(target: string, incoming: IncomingMessage, outgoing: ServerResponse, most: number): void {
  const { method, headers } = incoming;
  const forwarded = http.request(target + (incoming.url ?? '/'), { method, headers, agent: false });
  const giveUp = () => outgoing.destroy();
  outgoing.once('close', () => forwarded.destroy());
  forwarded.once('error', giveUp).once('response', (reply) => {
    outgoing.writeHead(reply.statusCode ?? 502, reply.headers).flushHeaders();
    let left = most;
    let cut = false;
    reply.on('error', giveUp).on('end', () => cut || outgoing.end());
    reply.on('data', (chunk: Buffer) => {
      if (cut) return;
      cut = chunk.length >= left;
      outgoing.write(chunk.subarray(0, Math.min(chunk.length, left)), () => cut && giveUp());
      left -= chunk.length;
    });
  });
  incoming.pipe(forwarded);
}
