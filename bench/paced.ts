// Requests at a fixed rate, whatever the replies do: each is sent when it is due, on a connection that is kept open and
// idle, or else on a new one. A program of its own that takes tasks as lines of JSON on standard input and answers each
// with a line. It writes what it was given and reads no more of a reply than its status and its length, so as to be cheap.

import net from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { PacedKind, PacedRequest, PacedResult, PacedTask } from './paced-task.ts';

const mostConnections = 3_000;
const patienceMs = 10_000;

class Sender {
  readonly #task: PacedTask;
  readonly #kinds: Record<string, PacedKind> = {};
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();
  #waiting = 0;
  #broken = 0;

  constructor(task: PacedTask) {
    this.#task = task;
    for (const { kind } of task.requests) this.#kinds[kind] = { replies: {}, ms: [] };
  }

  async run(): Promise<PacedResult> {
    const { perSecond, seconds, leadInSeconds = 0 } = this.#task;
    const startedAt = performance.now();
    const uncounted = perSecond * leadInSeconds;
    const total = uncounted + perSecond * seconds;
    let sent = 0;
    while (sent < total) {
      for (; sent < total && startedAt + (sent * 1000) / perSecond <= performance.now(); sent += 1) {
        if (!this.#send(sent, startedAt + (sent * 1000) / perSecond, sent >= uncounted)) break;
      }
      await pause(1);
    }
    const tookMs = performance.now() - startedAt;
    for (let waited = 0; this.#waiting > 0 && waited < patienceMs; waited += 10) await pause(10);
    this.#broken += this.#waiting;
    for (const connection of this.#open) connection.close();
    return { kinds: this.#kinds, broken: this.#broken, perSecond: (sent * 1000) / tookMs };
  }

  /** @returns false when there is no connection for it now */
  #send(number: number, dueAt: number, isCounted: boolean): boolean {
    const { requests } = this.#task;
    const { kind, text } = requests[number % requests.length] as PacedRequest;
    const connection = this.#idle.pop() ?? this.#connect();
    if (!connection) return false;
    this.#waiting += 1;
    connection.ask(text, (status) => {
      this.#waiting -= 1;
      if (status === undefined) this.#broken += 1;
      else if (isCounted) this.#count(kind, status, performance.now() - dueAt);
    });
    return true;
  }

  #count(kind: string, status: string, ms: number): void {
    const { replies, ms: times } = this.#kinds[kind] as PacedKind;
    replies[status] = (replies[status] ?? 0) + 1;
    times.push(ms);
  }

  #connect(): Connection | undefined {
    if (this.#open.size >= mostConnections) return undefined;
    const connection: Connection = new Connection(this.#task.port, {
      idle: () => this.#idle.push(connection),
      closed: () => {
        this.#open.delete(connection);
        const place = this.#idle.indexOf(connection);
        if (place >= 0) this.#idle.splice(place, 1);
      },
    });
    this.#open.add(connection);
    return connection;
  }
}

interface Told {
  idle: () => void;
  closed: () => void;
}

/** One request at a time. */
class Connection {
  readonly #socket: net.Socket;
  readonly #told: Told;
  #said = '';
  #onReply: ((status: string | undefined) => void) | undefined;

  constructor(port: number, told: Told) {
    this.#told = told;
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1').on('data', (text: string) => this.#read(text));
    this.#socket
      .on('error', () => {})
      .once('close', () => {
        told.closed();
        this.#answer(undefined);
      });
  }

  /** @param onReply told the status; undefined when the connection broke */
  ask(text: string, onReply: (status: string | undefined) => void): void {
    this.#onReply = onReply;
    this.#socket.write(text);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#said += text;
    const head = this.#said.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#said)?.[1]);
    if (this.#said.length < head + 4 + length) return;
    const status = this.#said.slice(9, 12);
    this.#said = '';
    this.#answer(status);
    this.#told.idle();
  }

  #answer(status: string | undefined): void {
    const onReply = this.#onReply;
    this.#onReply = undefined;
    onReply?.(status);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await new Sender(JSON.parse(line) as PacedTask).run())}\n`);
}
