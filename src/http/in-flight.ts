// The replies that are not finished yet: what a clean stop waits for.

import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface InFlight {
  /**
   * @param onOver called once, when the reply is closed, or its connection is before it got there
   * @returns how many replies its connection waits for, with this one
   */
  enter(socket: Duplex, outgoing: ServerResponse, onOver: () => void): number;
  /** The reply that a connection is waiting for, if any. */
  replyOn(socket: Duplex): ServerResponse | undefined;
  /** Resolves when no reply is open. */
  drained(): Promise<void>;
}

/** What a connection has. */
interface Place {
  reply: ServerResponse | undefined;
  /** Of the replies that are open: several where requests are pipelined. */
  readonly ends: (() => void)[];
}

/**
 * Replies are counted, and each connection has one place for its own: a set of them would grow and shrink with every
 * request, and each table that it leaves behind keeps what it held until the next full collection. Node tells a reply that
 * its connection is closed only when it is the first in line, so the connection is asked as well.
 */
export function createInFlight(): InFlight {
  const places = new WeakMap<Duplex, Place>();
  const waiting: (() => void)[] = [];
  let open = 0;
  const placeOf = (socket: Duplex): Place => {
    const known = places.get(socket);
    if (known) return known;
    const place: Place = { reply: undefined, ends: [] };
    socket.once('close', () => {
      for (const end of [...place.ends]) end();
    });
    places.set(socket, place);
    return place;
  };
  return {
    enter(socket, outgoing, onOver) {
      const place = placeOf(socket);
      place.reply = outgoing;
      open += 1;
      const end = () => {
        const at = place.ends.indexOf(end);
        if (at < 0) return;
        place.ends.splice(at, 1);
        open -= 1;
        if (place.reply === outgoing) place.reply = undefined;
        onOver();
        if (open === 0) for (const resolve of waiting.splice(0)) resolve();
      };
      place.ends.push(end);
      outgoing.once('close', end);
      return place.ends.length;
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
