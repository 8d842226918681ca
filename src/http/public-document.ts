// A document that everybody may read and keep for a while, from a browser on any site too: metadata and public keys.

import { createHash } from 'node:crypto';
import type { HttpReply, HttpRequest } from './exchange.ts';

export interface PublicDocument {
  readonly mediaType: string;
  readonly value: object;
  readonly maxAgeSeconds: number;
}

/** The document, or 304 when the client's copy is the same. */
export function publicDocument(
  request: HttpRequest,
  { mediaType, value, maxAgeSeconds }: PublicDocument,
): HttpReply {
  const body = JSON.stringify(value);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = { 'Cache-Control': `public, max-age=${maxAgeSeconds}`, ETag: etag };
  if (isKnown(etag, request.headers['if-none-match'])) return { status: 304, headers };
  return { status: 200, headers: { ...headers, 'Content-Type': mediaType }, body };
}

/** RFC 9110 section 13.1.2: a list, compared weakly; caches in between make tags weak when they compress. */
const isKnown = (etag: string, ifNoneMatch = ''): boolean =>
  ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
