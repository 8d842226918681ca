// A load balancer as plain as they come: it asks /readyz of every server now and then, sends requests in turn to those
// that said yes, and repeats nothing. What fails behind it fails for the client.

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Balancer {
  readonly url: string;
  /** Waits until it sends requests to so many servers. */
  untilReady(servers: number): Promise<void>;
  close(): Promise<void>;
}

const askEveryMs = 50;

export async function startBalancer(targets: readonly string[]): Promise<Balancer> {
  const ready = new Set<string>();
  let closed = false;
  const watch = async (target: string) => {
    while (!closed) {
      const yes = await fetch(`${target}/readyz`).then(
        (reply) => reply.status === 200,
        () => false,
      );
      if (yes) ready.add(target);
      else ready.delete(target);
      await pause(askEveryMs);
    }
  };
  const watching = targets.map(watch);
  // Connections are kept, as balancers keep them: one that the server is about to close must not cost a request.
  const agent = new http.Agent({ keepAlive: true });
  let turn = 0;
  const server = http.createServer((incoming, outgoing) => {
    const open = [...ready];
    const target = open[turn++ % open.length];
    if (target === undefined) return void outgoing.writeHead(502).end();
    const { method, headers, url } = incoming;
    const forwarded = http.request(target + url, { method, headers, agent });
    forwarded
      .once('error', () => outgoing.headersSent || outgoing.writeHead(502).end())
      .once('response', (reply) => {
        const { connection: _, ...others } = reply.headers;
        outgoing.writeHead(reply.statusCode ?? 502, others);
        reply.pipe(outgoing);
      });
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    untilReady: async (servers) => {
      while (ready.size !== servers) await pause(5);
    },
    close: async () => {
      closed = true;
      await Promise.all(watching);
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
