// The one error of this client: what was refused, by which code, and whether the same request may be tried again. It
// never holds a key, a secret, or a token.

/** Codes of the server's error table, codes of RFC 6749 in capitals, and the client's own: what stood in the way. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'INVALID_CLIENT'
  | 'INVALID_SCOPE'
  | 'INVALID_TARGET'
  | 'INVALID_REQUEST'
  | 'BAD_USER_INPUT'
  | 'QUERY_TOO_COMPLEX'
  | 'RATE_LIMITED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL'
  /** No reply, or one that was cut. */
  | 'NETWORK'
  /** No whole reply in `timeoutMs`. */
  | 'TIMEOUT'
  /** A reply that Latchkey does not give: something else answered. */
  | 'UNEXPECTED_REPLY'
  | (string & {});

/** One of the `errors` of a GraphQL reply. */
export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: {
    readonly code?: string;
    readonly requestId?: string;
    readonly missingScopes?: readonly string[];
  };
}

export interface LatchkeyErrorOptions {
  code: ErrorCode;
  status?: number | undefined;
  missingScopes?: readonly string[] | undefined;
  requestId?: string | undefined;
  retryable?: boolean | undefined;
  retryAfterMs?: number | undefined;
  errors?: readonly GraphqlError[] | undefined;
  data?: unknown;
  cause?: unknown;
}

export class LatchkeyError extends Error {
  override readonly name = 'LatchkeyError';
  readonly code: ErrorCode;
  /** Of the HTTP reply; undefined when there was none. */
  readonly status: number | undefined;
  /** What the credential would need (FORBIDDEN). */
  readonly missingScopes: readonly string[];
  /** To quote when reporting: the server's log has it in every line. */
  readonly requestId: string | undefined;
  /** Whether the same request may succeed later, and does no harm if it was carried out already. */
  readonly retryable: boolean;
  /** How long the server asked to wait. */
  readonly retryAfterMs: number | undefined;
  /** All errors of a GraphQL reply, the first of which this one tells. */
  readonly errors: readonly GraphqlError[];
  /** What a mutation did nevertheless: a secret that is shown once is here, and nowhere else. */
  readonly data: unknown;

  constructor(message: string, options: LatchkeyErrorOptions) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = options.code;
    this.status = options.status;
    this.missingScopes = options.missingScopes ?? [];
    this.requestId = options.requestId;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.errors = options.errors ?? [];
    this.data = options.data;
  }
}
