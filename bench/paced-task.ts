// What paced.ts is told to do, and what it answers.

export interface PacedRequest {
  /** Requests of one kind are counted together. */
  kind: string;
  /** The whole request as it goes over the wire. */
  text: string;
}

export interface PacedTask {
  port: number;
  /** Sent in turn, again and again. */
  requests: readonly PacedRequest[];
  perSecond: number;
  seconds: number;
  /** For so long before, requests are sent as fast and not counted: it opens the connections that they take. */
  leadInSeconds?: number;
}

export interface PacedKind {
  /** Replies by status. */
  replies: Record<string, number>;
  /** Of each reply, from the moment at which its request was due. */
  ms: number[];
}

export interface PacedResult {
  kinds: Record<string, PacedKind>;
  /** Connections that broke with a request on them, or could not be made. */
  broken: number;
  /** How many were sent in each second: fewer than wanted when the load itself did not come that far. */
  perSecond: number;
}
