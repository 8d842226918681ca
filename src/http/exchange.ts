// What a route sees of an HTTP request, and what it answers. No sockets, no node:http objects.

import type { IncomingHttpHeaders } from 'node:http';
import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import type { KnownCaller } from '../auth/principal.ts';
import type { AppError } from '../errors.ts';

/** Who sends a request, as its log line has it: a credential, or a person. */
export interface HttpRequest {
  /** As in '1.1'. */
  readonly httpVersion: string;
  readonly method: string;
  /** The path as it was sent: not decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Repeated headers are joined or dropped here, as node:http does. */
  readonly headers: IncomingHttpHeaders;
  /** Of the Authorization headers `headers` has the first. A request with more of them is refused, whatever the route. */
  readonly hasSecondAuthorization: boolean;
  /** The client's address: of the socket, or what a trusted proxy says of it. */
  readonly address: string;
  /** The address of the socket's own other end. */
  readonly peerAddress: string;
  readonly requestId: string;
  /** Where the metadata of the protected resource at this path is, if it is one (RFC 9728). */
  readonly resourceMetadata: string | undefined;
  /** Every line carries the request id. */
  readonly log: Logger;
  /** To be told of every problem that the request is answered with: for the log and the metrics. */
  noteProblem(error: AppError): void;
  /**
   * To be told who sends it, once that is proven, and that it is nobody: for the log, and so that who presents the same
   * again is served before the unknown. A refusal that is noted as a problem makes it unknown again by itself.
   */
  noteCaller(caller: KnownCaller | undefined): void;
  /** To be told who sends it, proven by the body: what came along in the headers proves nothing. */
  noteProvenInBody(caller: KnownCaller): void;
  /** To be told what it performs, in a word or two of the client's: for the log. */
  noteOperation(name: string): void;
  /** Headers that the reply gets whatever it is. */
  readonly replyHeaders: Record<string, string>;
  /**
   * Reads the whole body, and never holds more of it than the limit.
   * @throws AppError PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE (compressed), REQUEST_TIMEOUT, BAD_USER_INPUT (cut off)
   */
  readBody(limitBytes: number): Promise<Buffer>;
}

export interface HttpReply {
  readonly status: number;
  /** Under their usual names, as `Content-Type`: by that a header replaces the one that every reply has. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer | BodyWriter;
}

/**
 * Writes a body that is never whole in memory, and ends it. It rejects when the body cannot be completed, also because the
 * client went; then the connection is reset, so that no client takes what it has for the whole.
 */
export type BodyWriter = (to: Writable) => Promise<void>;

export type Handler = (request: HttpRequest) => Promise<HttpReply> | HttpReply;

/** HEAD follows from GET, and OPTIONS from the table itself. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type Route = Readonly<Partial<Record<Method, Handler>>> & {
  /** How errors at this path are answered, whoever found them; absent: as `problemReply` does. */
  readonly problem?: (error: AppError, request: HttpRequest) => HttpReply;
};

/** Exact path, or one with `*` for a segment that may be anything → method → handler. */
export type Routes = Readonly<Record<string, Route>>;
