// Load at a constant rate, whatever comes back. A time counts from the moment at which its request was due, not from when
// a connection was free to send it, so that a server that stops for a while is charged for all who wait (no coordinated
// omission). Replies must have a Content-Length.

import { connect, type Socket } from 'node:net';
import type { LoadRequest, LoadTask } from './load-task.ts';

export interface Offered {
  errors: number;
  /** Milliseconds of each reply from when its request was due, by the request that it answers. */
  timesOf: number[][];
  elapsedMs: number;
}

/** @throws Error when a connection is lost */
export async function offer({ url, requests, connections, seconds, rate = 1 }: LoadTask): Promise<Offered> {
  const messages = requests.map((request) => messageOf(url, request));
  const timesOf: number[][] = requests.map(() => []);
  const total = Math.floor(rate * seconds);
  const idle = await Promise.all(Array.from({ length: connections }, () => Connection.to(url)));
  const all = [...idle];
  let errors = 0;
  let sent = 0;
  let answered = 0;
  const begun = performance.now();
  const dueAt = (place: number) => begun + (place / rate) * 1000;

  return new Promise<Offered>((resolve, reject) => {
    const send = (connection: Connection) => {
      const due = dueAt(sent);
      const kind = sent % requests.length;
      sent += 1;
      connection.ask(messages[kind] as Buffer, ({ status, bytes }) => {
        timesOf[kind]?.push(performance.now() - due);
        if (status !== 200 || bytes < (requests[kind]?.leastBytes ?? 0)) errors += 1;
        answered += 1;
        idle.push(connection);
        if (answered === total) finish();
        else sendDue();
      });
    };
    const sendDue = () => {
      const now = performance.now();
      while (sent < total && dueAt(sent) <= now && idle.length > 0) send(idle.pop() as Connection);
    };
    const timer = setInterval(sendDue, 1);
    const end = () => {
      clearInterval(timer);
      for (const connection of all) connection.close();
    };
    const finish = () => {
      end();
      resolve({ errors, timesOf, elapsedMs: performance.now() - begun });
    };
    for (const connection of all) {
      connection.onLost = (error) => {
        end();
        reject(error);
      };
    }
  });
}

function messageOf(url: string, { path, headers, body }: LoadRequest): Buffer {
  const lines = [
    `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

interface Reply {
  status: number;
  /** Of the body. */
  bytes: number;
}

/** Has one request at a time on its way. */
class Connection {
  readonly #socket: Socket;
  #received = '';
  #onReply: (reply: Reply) => void = () => {};
  onLost: (error: Error) => void = () => {};

  static to(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay().setEncoding('latin1');
    socket.on('data', (piece: string) => this.#read(piece));
    socket.on('error', (error) => this.onLost(error));
    socket.on('end', () => this.onLost(new Error('The server closed a connection.')));
  }

  ask(message: Buffer, onReply: (reply: Reply) => void): void {
    this.#onReply = onReply;
    this.#socket.write(message);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(piece: string): void {
    this.#received += piece;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const [, status, bytes] =
      /^HTTP\/1\.1 (\d{3}).*\r\ncontent-length: (\d+)/is.exec(this.#received.slice(0, headEnd)) ?? [];
    if (bytes === undefined) {
      this.onLost(new Error('A reply has no Content-Length.'));
      return;
    }
    if (this.#received.length < headEnd + 4 + Number(bytes)) return;
    this.#received = '';
    this.#onReply({ status: Number(status), bytes: Number(bytes) });
  }
}
