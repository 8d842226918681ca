// Requests that arrive at a server in the same moment.

import { once } from 'node:events';
import net from 'node:net';

export interface Raw {
  method?: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What came back first. */
export interface Heard {
  /** Of the request in the list. */
  readonly place: number;
  readonly text: string;
}

/** @returns their places in the list, in the order in which their replies began */
export const sendAtOnce = async (url: string, requests: readonly Raw[]): Promise<number[]> =>
  (await hearAtOnce(url, requests)).map(({ place }) => place);

/** Sends each on an open connection of its own, all at once and in this order. @returns replies, the first one first */
export async function hearAtOnce(url: string, requests: readonly Raw[]): Promise<Heard[]> {
  const port = Number(new URL(url).port);
  const sockets = requests.map(() => net.connect({ port, host: '127.0.0.1' }));
  const sendAll = async (texts: readonly string[]): Promise<Heard[]> => {
    const heard: Heard[] = [];
    const replies = sockets.map(async (socket, place) => {
      const [text] = await once(socket, 'data');
      heard.push({ place, text: String(text) });
    });
    for (const [i, socket] of sockets.entries()) socket.write(texts[i] ?? '');
    await Promise.all(replies);
    return heard;
  };
  try {
    // A server takes over one new connection after another.
    await sendAll(requests.map(() => textOf({ path: '/livez' })));
    return await sendAll(requests.map(textOf));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

const textOf = ({ method = 'GET', path, headers = {}, body = '' }: Raw): string =>
  [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...Object.entries({ ...headers, ...(body && { 'Content-Length': String(Buffer.byteLength(body)) }) }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    '',
    body,
  ].join('\r\n');
