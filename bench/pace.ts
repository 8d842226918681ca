// Load at a fixed rate, from a program of its own.

import type { PacedResult, PacedTask } from './paced-task.ts';
import { startOwn } from './programs.ts';
import type { Ask } from './rounds.ts';

export interface Pace {
  run(task: PacedTask): Promise<PacedResult>;
  stop(): Promise<void>;
}

export function startPace(): Pace {
  const program = startOwn('paced', { core: 'load', stdio: ['pipe', 'pipe'] });
  return {
    async run(task) {
      program.child.stdin?.write(`${JSON.stringify(task)}\n`);
      const { value, done } = await program.lines.next();
      if (done) throw new Error('The load ended.');
      return JSON.parse(value) as PacedResult;
    },
    stop: () => program.stop(),
  };
}

/** A request as it goes over the wire. */
export const messageOf = ({ path, headers, body }: Ask): string =>
  [
    `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`,
    'Host: localhost',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    '',
    body ?? '',
  ].join('\r\n');
