// What load.ts is told to do, and what it answers.

export interface LoadRequest {
  path: string;
  headers: Record<string, string>;
  /** Absent: GET. */
  body?: string | undefined;
  /** A reply with fewer is an error, whatever its status. */
  leastBytes: number;
}

export interface LoadTask {
  url: string;
  /** Every connection sends them in turn, again and again. */
  requests: readonly LoadRequest[];
  connections: number;
  seconds: number;
}

export interface LoadResult {
  requests: number;
  errors: number;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** The median time of each of the requests. */
  p50MsOf: number[];
  /** How busy the load itself was: near 1 it is the load that was measured. */
  busy: number;
}
