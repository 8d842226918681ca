// A reply that is not what was asked for, as an error. The server speaks three dialects: GraphQL's `errors`, the flat
// JSON of RFC 6749, and `{ error: { code, message } }` of its plain routes. Anything else comes from something in between.

import { type GraphqlError, LatchkeyError, type LatchkeyErrorOptions } from './error.js';
import { retryAfterMs } from './retry.js';

export type Json = { readonly [name: string]: unknown };

/** A JSON object, or undefined for any other text. */
export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

interface Told
  extends Pick<LatchkeyErrorOptions, 'code' | 'missingScopes' | 'requestId' | 'errors' | 'data'> {
  message: string;
}

export interface Asked {
  idempotent: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

/** @param body the reply's, when it is a JSON object */
export function refusalOf(response: Response, body: Json | undefined, asked: Asked): LatchkeyError {
  const { status, headers } = response;
  const told = toldBy(body) ?? strange(status);
  return new LatchkeyError(told.message, {
    ...told,
    status,
    requestId: told.requestId ?? headers.get('X-Request-Id') ?? undefined,
    missingScopes: told.missingScopes ?? challengedScopes(headers.get('WWW-Authenticate')),
    retryable: isRetryable(status, asked.idempotent, told),
    retryAfterMs: retryAfterMs(headers, asked.now),
  });
}

function toldBy(body: Json | undefined): Told | undefined {
  const { errors, error, data } = body ?? {};
  if (Array.isArray(errors) && errors.length > 0) return toldByGraphql(errors, data);
  if (typeof error === 'string') return toldByOAuth(error, body?.error_description);
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message, requestId } = error as { code?: string; message?: string; requestId?: string };
  return code === undefined ? undefined : { code, message: message ?? code, requestId };
}

function toldByGraphql(errors: readonly GraphqlError[], data: unknown): Told {
  const { message = 'The operation failed.', extensions = {} } = errors[0] ?? {};
  const { code = 'UNEXPECTED_REPLY', requestId, missingScopes } = extensions;
  return { message, code, requestId, missingScopes, errors, data };
}

const tableCodes: Record<string, string> = {
  temporarily_unavailable: 'SERVICE_UNAVAILABLE',
  server_error: 'INTERNAL',
};

const toldByOAuth = (error: string, description: unknown): Told => ({
  code: tableCodes[error] ?? error.toUpperCase(),
  message: typeof description === 'string' ? description : `The token endpoint answered ${error}.`,
});

const strangeCodes: Record<number, string> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  429: 'RATE_LIMITED',
  502: 'SERVICE_UNAVAILABLE',
  503: 'SERVICE_UNAVAILABLE',
  504: 'SERVICE_UNAVAILABLE',
};

const strange = (status: number): Told => ({
  code: strangeCodes[status] ?? 'UNEXPECTED_REPLY',
  message: `The answer has status ${status} and is none of Latchkey's. Check the address and what stands before it.`,
});

/**
 * What is not idempotent is sent again only when it was refused before it began: by the server itself, with errors that
 * no field of the operation has caused.
 */
function isRetryable(status: number, idempotent: boolean, { errors, data }: Told): boolean {
  if (idempotent) return [408, 429, 502, 503, 504].includes(status);
  const beforeExecution = errors?.every(({ path }) => path === undefined) && data === undefined;
  return [429, 503].includes(status) && beforeExecution === true;
}

/** The scopes that a challenge names (RFC 6750 section 3). */
const challengedScopes = (challenge: string | null): string[] =>
  challenge?.match(/\bscope="([^"]+)"/)?.[1]?.split(' ') ?? [];
