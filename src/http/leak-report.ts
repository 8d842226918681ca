// POST /credentials/v1/revoke-leaked: scanners and finders report leaked API keys and client secrets, which are revoked.

import { AppError } from '../errors.ts';
import type { Handler, HttpRequest, Routes } from './exchange.ts';
import { isJsonObject, jsonReply, parseJson, utf8Text } from './json.ts';
import { bodyType } from './media-type.ts';

const bodyLimitBytes = 16 * 1024;

export interface LeakReportOptions {
  /** Secrets that one report may hold. */
  readonly most: number;
  /** @throws AppError RATE_LIMITED, SERVICE_UNAVAILABLE */
  readonly revoke: (secrets: readonly string[], request: HttpRequest) => Promise<void>;
}

export const leakReportRoute = (options: LeakReportOptions): Routes => ({
  '/credentials/v1/revoke-leaked': { POST: reported(options) },
});

/** 202 whatever was reported: the audit trail alone says whether it was live. */
const reported =
  ({ most, revoke }: LeakReportOptions): Handler =>
  async (request) => {
    bodyType(request.headers['content-type'], ['application/json']);
    const text = utf8Text(await request.readBody(bodyLimitBytes));
    await revoke(secretsIn(parseJson(text, 'The request body'), most), request);
    return jsonReply(202, { message: 'What was live among the reported secrets is revoked.' });
  };

/** `{ "secret": "…" }` or `{ "secrets": ["…", …] }`. */
function secretsIn(body: unknown, most: number): string[] {
  const { secret, secrets } = isJsonObject(body) ? body : {};
  const list: unknown = secrets ?? (secret === undefined ? undefined : [secret]);
  const wellFormed =
    Array.isArray(list) &&
    (secret === undefined || secrets === undefined) &&
    list.length >= 1 &&
    list.length <= most &&
    list.every((one): one is string => typeof one === 'string');
  if (wellFormed) return list;
  throw new AppError('BAD_USER_INPUT', {
    sentence: `Send {"secret": "..."} or {"secrets": ["...", ...]} with 1 to ${most} of them.`,
  });
}
