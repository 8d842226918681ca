// A network between the app and its database that can be cut, slow, or silent, on loopback.

import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface FaultyNetwork {
  /** The database's address, by way of this network. */
  url: string;
  /** Breaks every connection and refuses new ones, as when the server is gone. */
  cut(): Promise<void>;
  /** Nothing arrives any more and nobody is told: a frozen server, or a firewall that forgot the connection. */
  silence(): void;
  /** Whatever is sent, either way, arrives so many milliseconds later. */
  delay(ms: number): void;
  /** Passes the next message with this text on to the database, and breaks its connection before the answer. */
  cutAfter(text: string): void;
  /** Breaks a connection at its message of this number, counted from 1, which still reaches the database. */
  cutAtMessage(number: number): void;
  /** As good as new. Connections from before stay as they are. */
  repair(): Promise<void>;
  close(): Promise<void>;
}

export async function faultyNetwork(databaseUrl: string): Promise<FaultyNetwork> {
  const target = new URL(databaseUrl);
  const pairs = new Set<net.Socket[]>();
  let silent = false;
  let delayMs = 0;
  let isLast: (chunk: Buffer, number: number) => boolean = () => false;

  /** Hands on in the order of arrival, each when it is due. */
  const late = (handOn: (chunk: Buffer) => void) => {
    let last = Promise.resolve();
    return (chunk: Buffer) => {
      const due = performance.now() + delayMs;
      last = last.then(async () => {
        if (due > performance.now()) await pause(due - performance.now());
        handOn(chunk);
      });
    };
  };

  const pair = (inner: net.Socket) => {
    const outer = net.connect(Number(target.port), target.hostname);
    const sockets = [inner, outer];
    pairs.add(sockets);
    const forget = () => {
      for (const socket of sockets) socket.destroy();
      pairs.delete(sockets);
    };
    for (const socket of sockets) socket.on('error', () => {}).on('close', forget);
    let messages = 0;
    const toDatabase = (chunk: Buffer) => {
      if (silent) return;
      outer.write(chunk);
      messages += 1;
      if (!isLast(chunk, messages)) return;
      isLast = () => false;
      // The end comes to the database behind the message.
      inner.removeListener('close', forget).destroy();
      outer.end();
    };
    inner.on('data', late(toDatabase));
    outer.on(
      'data',
      late((chunk) => silent || inner.write(chunk)),
    );
  };
  const breakAll = () => {
    for (const sockets of pairs) for (const socket of sockets) socket.destroy();
  };

  const listen = async (port: number): Promise<net.Server> => {
    const made = net.createServer(pair).listen(port, '127.0.0.1');
    await once(made, 'listening');
    return made;
  };
  const stopListening = async () => {
    const closed = once(server, 'close');
    server.close();
    breakAll();
    await closed;
  };

  let server = await listen(0);
  const { port } = server.address() as net.AddressInfo;
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    cut: stopListening,
    cutAfter: (text) => {
      isLast = (chunk) => chunk.includes(text);
    },
    cutAtMessage: (wanted) => {
      isLast = (_, number) => number === wanted;
    },
    silence: () => {
      silent = true;
    },
    delay: (ms) => {
      delayMs = ms;
    },
    repair: async () => {
      silent = false;
      delayMs = 0;
      if (!server.listening) server = await listen(port);
    },
    close: async () => {
      if (server.listening) await stopListening();
    },
  };
}
