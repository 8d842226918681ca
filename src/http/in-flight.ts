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

/**
 * Replies are counted, and each connection has one place for its own: a set of them would grow and shrink with every
 * request, and each table that it leaves behind keeps what it held until the next full collection.
 */
export function createInFlight(): InFlight {
  const places = new WeakMap<Duplex, { reply: ServerResponse | undefined }>();
  const waiting: (() => void)[] = [];
  let open = 0;
  const placeOf = (socket: Duplex) => {
    const place = places.get(socket) ?? { reply: undefined };
    places.set(socket, place);
    return place;
  };
  return {
    enter(socket, outgoing) {
      const place = placeOf(socket);
      place.reply = outgoing;
      open += 1;
      outgoing.once('close', () => {
        open -= 1;
        if (place.reply === outgoing) place.reply = undefined;
        if (open === 0) for (const resolve of waiting.splice(0)) resolve();
      });
    },
    replyOn: (socket) => places.get(socket)?.reply,
    drained: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
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
