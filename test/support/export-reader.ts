// A client of an export over a connection of its own, which reads as fast or as slowly as a test wants.

import http, { type IncomingMessage } from 'node:http';
import type { TestApp } from './app.ts';

export interface OpenExport {
  reply: IncomingMessage;
  /** Reads what is left. */
  rest(): Promise<{ body: Buffer; complete: boolean }>;
}

/** Asks for an export and returns with its head: nothing of its body has been read. */
export async function openExport(
  app: Pick<TestApp, 'url'>,
  path: string,
  headers: Record<string, string | undefined>,
  method = 'GET',
): Promise<OpenExport> {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  const request = http.request(`${app.url}/export/${path}`, {
    method,
    agent: false,
    headers: Object.fromEntries(given) as Record<string, string>,
  });
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject).end();
  });
  return { reply, rest: () => readAll(reply) };
}

/** `complete` is what HTTP says: the last chunk came. */
function readAll(reply: IncomingMessage): Promise<{ body: Buffer; complete: boolean }> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    reply.on('data', (chunk: Buffer) => chunks.push(chunk));
    reply.on('error', () => {});
    const end = () => resolve({ body: Buffer.concat(chunks), complete: reply.complete });
    // Whoever was cut off may have heard of it already.
    if (reply.closed) end();
    else reply.once('close', end);
  });
}

/** The records of the whole lines of an NDJSON text. */
export function wholeLines(body: Buffer): { id: string }[] {
  const lines = body.toString('utf8').split('\n');
  lines.pop();
  return lines.map((line) => JSON.parse(line));
}
