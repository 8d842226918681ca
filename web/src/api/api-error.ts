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
  return new ApiError({ code: extensions.code, message: error.message, requestId: extensions.requestId });
}

const unreachable = {
  code: 'UNREACHABLE',
  message: 'The server cannot be reached. Check your connection, then try again.',
};
