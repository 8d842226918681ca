// Which statements a server sends: a proxy in front of PostgreSQL that reads along (the extended query protocol, as pg and
// most drivers speak it, with values as text).

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Statement {
  text: string;
  values: (string | null)[];
}

/** What a client takes that runs some again and again. */
export interface StatementTimes {
  runs: number;
  /** Milliseconds: of all together. */
  p50Ms: number;
  /** Of each. */
  p50MsOf: number[];
}

export interface WatchedStatements {
  /** The database behind the proxy. */
  url: string;
  /** What was executed, in order. */
  statements: Statement[];
  close(): Promise<void>;
}

export async function watchStatements(url: string): Promise<WatchedStatements> {
  const { hostname, port } = new URL(url);
  const statements: Statement[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const read = reader(statements);
    client.on('data', read);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.on('error', () => {}).on('close', () => client.destroy() && upstream.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const watched = new URL(url);
  watched.port = String((server.address() as AddressInfo).port);
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: watched.href, statements, close };
}

/** Takes what a client sends, in any pieces, and notes what it executes. */
function reader(statements: Statement[]): (piece: Buffer) => void {
  const texts = new Map<string, string>();
  let bound: Statement | undefined;
  let rest = Buffer.alloc(0);
  /** Only the first message has no type. */
  let begun = false;
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    for (;;) {
      const head = begun ? 1 : 0;
      if (rest.length < head + 4) return;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return;
      const type = begun ? String.fromCharCode(rest[0] ?? 0) : 'start';
      const message = new Message(rest.subarray(head + 4, length));
      rest = rest.subarray(length);
      begun = true;
      if (type === 'P') texts.set(message.text(), message.text());
      else if (type === 'B') bound = boundStatement(message, texts);
      else if (type === 'E' && bound) statements.push(bound);
      else if (type === 'Q') statements.push({ text: message.text(), values: [] });
    }
  };
}

function boundStatement(message: Message, texts: ReadonlyMap<string, string>): Statement {
  message.text(); // the portal
  const text = texts.get(message.text()) ?? '';
  for (let formats = message.int16(); formats > 0; formats -= 1) {
    if (message.int16() !== 0) throw new Error('A value was sent in binary, which the watch does not read.');
  }
  const values = Array.from({ length: message.int16() }, () => message.value());
  return { text, values };
}

class Message {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  /** Up to the next NUL. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  value(): string | null {
    const length = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    if (length < 0) return null;
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }
}
