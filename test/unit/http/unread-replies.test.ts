// Long replies that their clients do not read, on real connections.

import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { FairShares } from '../../../src/fair-shares.ts';
import { serve, until } from './serve.ts';

const megabyte = 1024 * 1024;

test('one may hold a quarter of what is left, and others find some then', () => {
  const shares = new FairShares(100);
  const takenBy = (who: string) => {
    let taken = 0;
    while (shares.take(who)) taken += 1;
    return taken;
  };
  expect(takenBy('one')).toBe(20);
  expect(takenBy('two')).toBe(16);
  expect(takenBy('three')).toBeGreaterThan(10);
  for (let i = 0; i < 20; i += 1) shares.giveBack('one');
  expect(takenBy('one')).toBeGreaterThan(10);
});

test('an amount beyond all that is left is not given', () => {
  const shares = new FairShares(10);
  expect(shares.take('one', 11)).toBe(false);
  expect(shares.take('one', 10)).toBe(true);
  expect(shares.take('two', 1)).toBe(false);
  shares.giveBack('one', 10);
  expect(shares.take('two', 1)).toBe(true);
});

test('who reads nothing is refused more of it, others are not, and what a closed connection kept is given back', async () => {
  const { port, url, lines } = await serve(
    {
      '/': {
        GET: (request) => {
          request.noteCaller({ organizationId: String(request.headers.authorization), credentialId: 'cred' });
          return { status: 200, body: 'x'.repeat(8 * megabyte) };
        },
      },
    },
    { unreadBytes: 40 * megabyte },
  );
  const ask = (organization: string) =>
    fetch(url, { headers: { Authorization: organization } }).then(async (reply) => {
      await reply.arrayBuffer();
      return reply.status;
    });
  const sockets = Array.from({ length: 2 }, () => net.connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: greedy\r\n\r\n');
    await once(socket, 'readable');
  }
  expect(await ask('greedy')).toBe(503);
  expect(await ask('other')).toBe(200);
  for (const socket of sockets) socket.destroy();
  await until(() => lines.filter(({ organizationId }) => organizationId === 'greedy').length === 3);
  expect(await ask('greedy')).toBe(200);
  expect(await ask('greedy')).toBe(200);
});
