// What the peers have in common: where to find the database, and how they say where they listen.

import type { AddressInfo, Server } from 'node:net';

export const databaseUrl = process.env.DATABASE_URL ?? '';

export function sayListening(server: Server): void {
  process.stdout.write(`listening at ${(server.address() as AddressInfo).port}\n`);
}
