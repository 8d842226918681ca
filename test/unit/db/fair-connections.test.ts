// Connections shared between organisations, without a database: work that ends when it is told to.

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FairConnections } from '../../../src/db/fair-connections.ts';

/** Asks for a connection each time, and says who has one. */
function callers(connections: FairConnections) {
  const running: { who: string; end: () => void }[] = [];
  const outcomes: Promise<string>[] = [];
  return {
    outcomes,
    ask(who: string, times = 1) {
      for (let i = 0; i < times; i += 1) {
        const work = () => new Promise<string>((resolve) => running.push({ who, end: () => resolve(who) }));
        outcomes.push(connections.run(who, work).catch(({ message }: Error) => message));
      }
    },
    async running() {
      await turn();
      return running.map(({ who }) => who).join('');
    },
    /** Of those that run, the first of this organisation. */
    end(who: string) {
      const [ended] = running.splice(
        running.findIndex((one) => one.who === who),
        1,
      );
      ended?.end();
    },
  };
}

test('one organisation leaves a connection to others, and takes all where there are few', async () => {
  for (const [connections, taken] of [
    [1, 1],
    [3, 3],
    [4, 4],
    [7, 6],
    [20, 16],
  ] as const) {
    const { ask, running } = callers(new FairConnections(connections, 1_000));
    ask('a', 30);
    expect((await running()).length).toBe(taken);
  }
});

test('who waits is begun in the order of coming, one of each organisation after the other', async () => {
  const shared = new FairConnections(5, 1_000);
  const { ask, running, end } = callers(shared);
  ask('a', 6);
  ask('b', 3);
  ask('c', 1);
  expect(await running()).toBe('aaaab');
  expect(shared.waiting).toBe(5);
  for (const [ended, then] of [
    ['a', 'aaaba'],
    ['a', 'aabab'],
    ['a', 'ababc'],
    ['b', 'aabca'],
    ['a', 'abcab'],
  ] as const) {
    end(ended);
    expect(await running()).toBe(then);
  }
  expect(shared.waiting).toBe(0);
});

test('whoever fails gives its connection back, and says why', async () => {
  const shared = new FairConnections(1, 1_000);
  const failing = shared.run('a', async () => {
    throw new Error('of the work');
  });
  const next = shared.run('a', async () => 'done');
  await expect(failing).rejects.toThrow('of the work');
  expect(await next).toBe('done');
});

test('who waits for too long is refused, as are those beyond all that may wait; the others go on', async () => {
  const shared = new FairConnections(1, 50);
  const { ask, running, end, outcomes } = callers(shared);
  ask('a', 200);
  await running();
  const refused = await Promise.race(outcomes.slice(-100));
  expect(refused).toBe('80 wait for a connection to the database');
  expect(shared.waiting).toBe(80);
  await Promise.all(outcomes.slice(1));
  expect(shared.waiting).toBe(0);
  ask('b');
  end('a');
  expect(await running()).toBe('b');
});
