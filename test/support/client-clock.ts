// The clock of a client in tests: the app's own, and its waits are noted instead of waited.

import type { Clock } from '@latchkey/client';
import type { TestApp } from './app.ts';

export interface NotedClock extends Clock {
  /** Milliseconds of each wait, in order. */
  readonly waits: number[];
}

export function notedClock(app: TestApp): NotedClock {
  const waits: number[] = [];
  return {
    waits,
    now: () => app.clock.now().getTime(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
      app.clock.advance(ms / 1000);
    },
  };
}
