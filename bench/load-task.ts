// What load.ts is told to do, and what it answers.

export interface LoadTask {
  url: string;
  headers: Record<string, string>;
  /** Absent: GET. */
  body?: string;
  connections: number;
  seconds: number;
  /** A reply with fewer is an error, whatever its status. */
  leastBytes: number;
}

export interface LoadResult {
  requests: number;
  errors: number;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** How busy the load itself was: near 1 it is the load that was measured. */
  busy: number;
}
