// What the peers have in common: where the database is, how they say where they listen, how they read and answer.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

export const databaseUrl = process.env.DATABASE_URL ?? '';

export function sayListening(server: Server): void {
  process.stdout.write(`listening at ${(server.address() as AddressInfo).port}\n`);
}

export function onBody(request: IncomingMessage, use: (body: Buffer) => void): void {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => use(Buffer.concat(pieces)));
}

export function sendJson(response: ServerResponse, status: number, body: string): void {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
