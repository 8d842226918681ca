// What went wrong with a request, in words for a person: what the server said, or that it could not be asked.

import { ClientError } from 'graphql-request';

export interface ApiErrorFacts {
  /** The server's code, or UNREACHABLE when no reply came. */
  code: string;
  message: string;
  requestId?: string | undefined;
}

export class ApiError extends Error {
  readonly code: string;
  readonly requestId: string | undefined;

  constructor({ code, message, requestId }: ApiErrorFacts) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.requestId = requestId;
  }

  /** Whether the same request may well succeed in a moment. */
  get passing(): boolean {
    return this.code === 'UNREACHABLE' || this.code === 'SERVICE_UNAVAILABLE';
  }
}

/** Anything thrown by a request as an ApiError. What was sent is not kept: it may hold a password. */
export function apiErrorOf(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (!(thrown instanceof ClientError)) return new ApiError(unreachable);
  const [error] = thrown.response.errors ?? [];
  const extensions = (error?.extensions ?? {}) as { code?: string; requestId?: string };
  if (!error || extensions.code === undefined) return new ApiError(unreachable);
  return new ApiError({
    code: extensions.code,
    message: waiting(extensions.code, thrown.response.headers) ?? error.message,
    requestId: extensions.requestId,
  });
}

/** The server's sentence sends programs to a header that people do not see. */
function waiting(code: string, headers: unknown): string | undefined {
  const seconds = Number((headers as Headers | undefined)?.get('retry-after'));
  if (!(seconds > 0)) return undefined;
  if (code === 'RATE_LIMITED') return `Too many attempts. Try again in ${seconds} seconds.`;
  return code === 'SERVICE_UNAVAILABLE'
    ? `The service cannot answer right now. Try again in ${seconds} seconds.`
    : undefined;
}

const unreachable = {
  code: 'UNREACHABLE',
  message: 'The server cannot be reached. Check your connection, then try again.',
};
