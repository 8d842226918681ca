// Where the time of a request goes, told to whoever traces. Nobody does unless it is asked for.

import type { IncomingHttpHeaders } from 'node:http';

export interface TracedRequest {
  readonly method: string;
  /** Of the route table, or `unmatched`: never what a client wrote. */
  readonly route: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Tracing {
  /** Runs a request; `end` is called once, with the status of its reply. */
  request(head: TracedRequest, run: (end: (status: number) => void) => void): void;
  /** Runs a GraphQL operation: `query` or `mutation`, and its name if it has one. */
  operation<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** A statement that ended just now. Its text has placeholders where values are. */
  statement(text: string, ms: number, failed: boolean): void;
  /** Hands over what was gathered, if that takes no longer than a moment. */
  stop(): Promise<void>;
}

export const noTracing: Tracing = {
  request: (_head, run) => run(() => {}),
  operation: (_name, work) => work(),
  statement: () => {},
  stop: async () => {},
};
