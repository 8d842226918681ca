// Load, as a program of its own so that it can have a core of its own: takes tasks as lines of JSON on standard input and
// answers each with a line of what came back. Any reply but a whole one with status 200 is an error.

import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import type { LoadResult, LoadTask } from './load-task.ts';
import { quantile } from './statistics.ts';

async function put(task: LoadTask): Promise<LoadResult> {
  const times: number[] = [];
  let begun = 0n;
  let ended = 0n;
  let short = 0;
  const cpu = process.cpuUsage();
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      {
        url: task.url,
        method: task.body === undefined ? 'GET' : 'POST',
        headers: task.headers,
        ...(task.body !== undefined && { body: task.body }),
        connections: task.connections,
        duration: task.seconds,
      },
      (error, done) => (error ? reject(error) : resolve(done)),
    );
    begun = process.hrtime.bigint();
    instance.on('response', (_client, _status, bytes, ms) => {
      if (bytes < task.leastBytes) short += 1;
      ended = process.hrtime.bigint();
      times.push(ms);
    });
  });
  const used = process.cpuUsage(cpu);
  const seconds = Number(ended - begun) / 1e9;
  return {
    requests: times.length,
    errors: result.errors + result.timeouts + result.non2xx + short,
    requestsPerSecond: times.length / seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    busy: (used.user + used.system) / 1e6 / seconds,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await put(JSON.parse(line) as LoadTask))}\n`);
}
