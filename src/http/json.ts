// JSON on the wire: replies, and request bodies. A body that cannot be read is never quoted in what is said about it.

import { isUtf8 } from 'node:buffer';
import { AppError } from '../errors.ts';
import type { HttpReply } from './exchange.ts';

/** A reply with a JSON body. */
export const jsonReply = (
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): HttpReply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

/**
 * The text of a body that must be UTF-8.
 * @throws AppError BAD_USER_INPUT; nothing is replaced silently.
 */
export function utf8Text(body: Buffer): string {
  if (isUtf8(body)) return body.toString('utf8');
  throw new AppError('BAD_USER_INPUT', {
    sentence: 'The request body is not valid UTF-8. Encode it as UTF-8.',
  });
}

export type JsonObject = Record<string, unknown>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Parses JSON from outside.
 * @throws AppError BAD_USER_INPUT without V8's message, which quotes the text and with it any secret.
 */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('BAD_USER_INPUT', {
      sentence: `${what} is not valid JSON. Correct it and send it again.`,
    });
  }
}
