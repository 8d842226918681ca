// The replies that are not finished yet: what a clean stop waits for.

import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface InFlight {
  enter(socket: Duplex, outgoing: ServerResponse): void;
  /** The reply that a connection is waiting for, if any. */
  replyOn(socket: Duplex): ServerResponse | undefined;
  /** Resolves when no reply is open. */
  drained(): Promise<void>;
}

export function createInFlight(): InFlight {
  const open = new Set<ServerResponse>();
  const bySocket = new WeakMap<Duplex, ServerResponse>();
  const waiting: (() => void)[] = [];
  return {
    enter(socket, outgoing) {
      open.add(outgoing);
      bySocket.set(socket, outgoing);
      outgoing.once('close', () => {
        open.delete(outgoing);
        if (bySocket.get(socket) === outgoing) bySocket.delete(socket);
        if (open.size === 0) for (const resolve of waiting.splice(0)) resolve();
      });
    },
    replyOn: (socket) => bySocket.get(socket),
    drained: () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

/** Waits for a promise, but no longer than so many milliseconds. */
export async function atMost(waited: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([waited, late]);
  clearTimeout(timer);
}
