// The one error table: a code, its HTTP status, and the sentence that the outside may read.
// An AppError carries a public sentence and a private detail; only the first ever leaves the process.

const table = {
  UNAUTHENTICATED: {
    status: 401,
    sentence:
      'The credential or session presented is not valid. Present a live API key, access token, or session.',
  },
  FORBIDDEN: { status: 403, sentence: 'The caller is not permitted to do this.' },
  INVALID_CLIENT: {
    status: 401,
    sentence:
      'Client authentication failed. Check the client id, its secret or assertion, and that the credential is live.',
  },
  INVALID_SCOPE: {
    status: 400,
    sentence:
      'A requested scope is unknown or not granted to this client. Request scopes that the credential has.',
  },
  INVALID_TARGET: {
    status: 400,
    sentence:
      'The resources are not those of the scopes that this client may have. Name the resource of the scopes, or none.',
  },
  BAD_USER_INPUT: { status: 400, sentence: 'The request is not valid. Correct it and send it again.' },
  QUERY_TOO_COMPLEX: { status: 400, sentence: 'The operation is too complex. Ask for less in one request.' },
  NOT_FOUND: {
    status: 404,
    sentence: 'Nothing is served at this address. GraphQL is at /graphql; the README lists all addresses.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    sentence: 'This address does not accept this HTTP method. Use one that the Allow header names.',
  },
  NOT_ACCEPTABLE: { status: 406, sentence: 'None of the media types in the Accept header can be served.' },
  REQUEST_TIMEOUT: { status: 408, sentence: 'The request did not arrive in time. Send it again.' },
  PAYLOAD_TOO_LARGE: { status: 413, sentence: 'The request body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, sentence: 'The media type of the request body is not supported.' },
  RATE_LIMITED: {
    status: 429,
    sentence: 'Too many attempts. Wait as long as Retry-After says, then try again.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    sentence: 'The service cannot answer right now. Wait as long as Retry-After says, then try again.',
  },
  INTERNAL: {
    status: 500,
    sentence: 'Something went wrong on our side. Quote the request id when you report it.',
  },
} as const;

export type ErrorCode = keyof typeof table;

/** The HTTP status of an error code. */
export const statusOf = (code: ErrorCode): number => table[code].status;

/** Why a caller was refused, for the log's reader and the metrics: never told outside. */
export const refusalReasons = [
  'missing',
  'malformed',
  'forged',
  'unknown',
  'wrong',
  'revoked',
  'suspended',
  'expired',
  'unknown_signing_key',
  'retired_signing_key',
  'resource',
  'scope',
  'role',
  'session',
  'assertion',
  'sign_in',
  'attempts',
  'rate_limit_credential',
  'rate_limit_organization',
  'queue_full',
  'too_many_wait',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

const usualReasons: Partial<Record<ErrorCode, RefusalReason>> = {
  FORBIDDEN: 'scope',
  INVALID_SCOPE: 'scope',
  INVALID_TARGET: 'resource',
  RATE_LIMITED: 'attempts',
};

export interface AppErrorOptions {
  /** Replaces the table's sentence for the outside. Never holds a secret or an internal name. */
  sentence?: string;
  /** For the log only. */
  detail?: string;
  /** For the metrics only. */
  reason?: RefusalReason;
  cause?: unknown;
  /** Scopes that the caller lacks (FORBIDDEN), for `WWW-Authenticate: Bearer error="insufficient_scope"`. */
  missingScopes?: readonly string[];
  /** The character, counted from 1, at which the text that the sentence speaks of goes wrong (BAD_USER_INPUT). */
  position?: number;
  /** Whole seconds after which a retry makes sense (RATE_LIMITED, SERVICE_UNAVAILABLE). */
  retryAfterSeconds?: number;
  /** For the log only: whose genuine secret or token it was that opens nothing. */
  subject?: Subject | undefined;
}

export interface Subject {
  readonly organizationId: string;
  readonly credentialId: string;
}

/** The only error that crosses layers on purpose. `message` is the private side; `sentence` is the public one. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly reason: RefusalReason | undefined;
  readonly missingScopes: readonly string[];
  readonly position: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly subject: Subject | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    // Of a refusal nobody reads the stack, and taking it costs more than most refusals do.
    const { stackTraceLimit } = Error;
    if (statusOf(code) < 500) Error.stackTraceLimit = 0;
    super(options.detail ?? options.sentence ?? table[code].sentence, { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'AppError';
    this.code = code;
    this.sentence = options.sentence ?? table[code].sentence;
    this.reason = options.reason ?? usualReasons[code];
    this.missingScopes = options.missingScopes ?? [];
    this.position = options.position;
    this.subject = options.subject;
    this.retryAfterSeconds = options.retryAfterSeconds ?? (table[code].status >= 503 ? 5 : undefined);
  }

  get status(): number {
    return statusOf(this.code);
  }
}

/** A problem with a mutation's input: data, not an error. `field` is the path into the input. */
export interface UserError {
  code: UserErrorCode;
  message: string;
  field: string[];
}

export type UserErrorCode =
  | 'REQUIRED'
  | 'TOO_LONG'
  | 'INVALID'
  | 'NOT_FOUND'
  | 'TAKEN'
  | 'AT_LEAST_ONE_SCOPE'
  | 'REVOKED'
  | 'NOT_PERMITTED'
  | 'CONFLICT';
