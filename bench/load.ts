// Load, as a program of its own so that it can have a core of its own: takes tasks as lines of JSON on standard input and
// answers each with a line of what came back. Any reply but a whole one with status 200 is an error.

import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import type { LoadRequest, LoadResult, LoadTask } from './load-task.ts';
import { quantile } from './statistics.ts';

/** What came back. */
interface Replies {
  errors: number;
  /** Milliseconds of each reply, by the request that it answers. */
  timesOf: number[][];
  /** Milliseconds from the beginning to the last reply. */
  elapsedMs: number;
}

async function put(task: LoadTask): Promise<LoadResult> {
  const cpu = process.cpuUsage();
  const { errors, timesOf, elapsedMs } = await pressed(task);
  const used = process.cpuUsage(cpu);
  const times = timesOf.flat();
  return {
    requests: times.length,
    errors,
    requestsPerSecond: (times.length / elapsedMs) * 1000,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    p50MsOf: timesOf.map((one) => quantile(one, 0.5)),
    busy: (used.user + used.system) / 1000 / elapsedMs,
  };
}

/** As many as the server takes: each connection sends its next request when the reply to the last has come. */
async function pressed({ url, requests, connections, seconds }: LoadTask): Promise<Replies> {
  const timesOf: number[][] = requests.map(() => []);
  const sent = new Map<unknown, number>();
  let short = 0;
  let begun = 0;
  let ended = 0;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      { url, requests: requests.map(asSent), connections, duration: seconds },
      (error, done) => (error ? reject(error) : resolve(done)),
    );
    begun = performance.now();
    instance.on('response', (connection, _status, bytes, ms) => {
      ended = performance.now();
      const place = sent.get(connection) ?? 0;
      sent.set(connection, (place + 1) % requests.length);
      timesOf[place]?.push(ms);
      if (bytes < (requests[place]?.leastBytes ?? 0)) short += 1;
    });
  });
  const errors = result.errors + result.timeouts + result.non2xx + short;
  return { errors, timesOf, elapsedMs: ended - begun };
}

const asSent = ({ path, headers, body }: LoadRequest): autocannon.Request => ({
  method: body === undefined ? 'GET' : 'POST',
  path,
  headers,
  ...(body !== undefined && { body }),
});

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await put(JSON.parse(line) as LoadTask))}\n`);
}
