// A real server on a free port of the loopback interface, its log in memory, and a raw socket to talk to it with.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { Routes } from '../../../src/http/exchange.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../../src/http/server.ts';

export interface Served {
  readonly http: HttpServer;
  readonly port: number;
  readonly url: string;
  /** The log so far, one object a line. */
  readonly lines: Record<string, unknown>[];
}

/** Starts a server for one test and stops it after. */
export async function serve(routes: Routes, options: Partial<HttpServerOptions> = {}): Promise<Served> {
  const lines: Record<string, unknown>[] = [];
  const http = createHttpServer({
    routes,
    log: pino({ level: 'trace' }, { write: (line: string) => lines.push(JSON.parse(line)) }),
    allowCors: [],
    trustedProxies: [],
    newRequestId: () => randomBytes(12).toString('hex'),
    ...options,
  });
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  onTestFinished(() => http.stop(0));
  const { port } = http.server.address() as AddressInfo;
  return { http, port, url: `http://127.0.0.1:${port}`, lines };
}

/** Sends bytes as they are and resolves to everything that came back until the connection closed. */
export async function speak(port: number, text: string | Buffer): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const heard: Buffer[] = [];
  socket.on('data', (chunk) => heard.push(chunk));
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(heard).toString();
}

/** Resolves when the condition holds; fails the test when it does not within two seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < 2_000; waited += 5) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('The condition did not come to hold within two seconds.');
}
