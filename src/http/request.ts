// Makes the HttpRequest that routes see out of node:http's message. Nothing a client can put into a request throws here.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import proxyAddr from 'proxy-addr';
import type { KnownCaller } from '../auth/principal.ts';
import type { AppError, ErrorCode } from '../errors.ts';
import type { HttpRequest } from './exchange.ts';

export interface RequestSource {
  readonly incoming: IncomingMessage;
  readonly trusted: TrustsAddress;
  readonly log: Logger;
  newRequestId(): string;
  readonly onProblem: (error: AppError) => void;
  /** Told whether what the headers present is good, each time. */
  readonly onPresented: (isGood: boolean) => void;
  /** The address of a path's resource metadata, if it has any. */
  resourceMetadata(path: string): string | undefined;
  readBody(limitBytes: number): Promise<Buffer>;
}

/** Undefined: nobody is trusted. */
export type TrustsAddress = ((address: string, hop: number) => boolean) | undefined;

/** Which addresses are proxies of ours whose X-Forwarded-For is believed; with none configured, no one is. */
export const trustsAddress = (proxies: readonly string[]): TrustsAddress =>
  proxies.length === 0 ? undefined : proxyAddr.compile([...proxies]);

/** After these, what a request presents is served after what is known. */
const makesUnknown: ReadonlySet<ErrorCode> = new Set(['UNAUTHENTICATED', 'INVALID_CLIENT', 'RATE_LIMITED']);

/** Characters in the log. */
const longestOperation = 100;

/** What a route sees of a request. What few routes look at is not made before it is asked for. */
export class IncomingRequest implements HttpRequest {
  readonly path: string;
  readonly requestId: string;
  readonly address: string;
  readonly replyHeaders: Record<string, string> = {};
  readonly #source: RequestSource;
  readonly #query: string;
  #log: Logger | undefined;
  #body: Promise<Buffer> | undefined;
  #refusal: AppError | undefined;
  #caller: KnownCaller | undefined;
  #operation: string | undefined;

  constructor(source: RequestSource) {
    const { incoming, trusted, newRequestId } = source;
    this.#source = source;
    const { path, query } = splitTarget(incoming.url ?? '/');
    this.path = path;
    this.#query = query;
    this.requestId = requestIdOf(incoming, newRequestId);
    this.address = clientAddress(incoming, trusted);
  }

  get httpVersion(): string {
    return this.#source.incoming.httpVersion;
  }

  get method(): string {
    return this.#source.incoming.method ?? 'GET';
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.#query);
  }

  get headers(): IncomingHttpHeaders {
    return this.#source.incoming.headers;
  }

  get hasSecondAuthorization(): boolean {
    const isOne = (text: string, i: number) => i % 2 === 0 && text.toLowerCase() === 'authorization';
    return this.#source.incoming.rawHeaders.filter(isOne).length > 1;
  }

  get headerCount(): number {
    return this.#source.incoming.rawHeaders.length / 2;
  }

  get isGone(): boolean {
    return this.#source.incoming.socket.destroyed;
  }

  get peerAddress(): string {
    return peerAddress(this.#source.incoming);
  }

  get resourceMetadata(): string | undefined {
    return this.#source.resourceMetadata(this.path);
  }

  get log(): Logger {
    this.#log ??= this.#source.log.child({ requestId: this.requestId });
    return this.#log;
  }

  /** The first reason for which it was refused, or a part of it. */
  get refusal(): AppError | undefined {
    return this.#refusal;
  }

  noteProblem(error: AppError): void {
    this.#source.onProblem(error);
    if (makesUnknown.has(error.code)) this.#source.onPresented(false);
    if (error.status < 500) this.#refusal ??= error;
    else this.log.error({ err: error.cause ?? error, code: error.code }, 'request failed');
  }

  get caller(): KnownCaller | undefined {
    return this.#caller;
  }

  noteCaller(caller: KnownCaller | undefined): void {
    this.#caller = caller;
    const { authorization, cookie } = this.headers;
    // Who presents nothing, and is nobody, is not refused for it.
    if (authorization === undefined && cookie === undefined) return;
    this.#source.onPresented(caller !== undefined);
  }

  noteProvenInBody(caller: KnownCaller): void {
    this.#caller = caller;
  }

  get operation(): string | undefined {
    return this.#operation;
  }

  noteOperation(name: string): void {
    this.#operation = name.slice(0, longestOperation);
  }

  readBody(limitBytes: number): Promise<Buffer> {
    this.#body ??= this.#source.readBody(limitBytes);
    return this.#body;
  }
}

/** A path, and a query without its `?`, out of origin-form, absolute-form, or junk. Decodes nothing. */
function splitTarget(target: string): { path: string; query: string } {
  const local = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/, '');
  const mark = local.indexOf('?');
  const path = mark < 0 ? local : local.slice(0, mark);
  return { path: path === '' ? '/' : path, query: mark < 0 ? '' : local.slice(mark + 1) };
}

/** A client's own id is kept when it is short and plain, so that it can do no harm in a log. */
function requestIdOf(incoming: IncomingMessage, newRequestId: () => string): string {
  const sent = incoming.headers['x-request-id'];
  return typeof sent === 'string' && /^[A-Za-z0-9_-]{8,64}$/.test(sent) ? sent : newRequestId();
}

/** The path for the log: as far as it is plain, so that parameters glued to it (`;client_secret=`, `%3F`) stay out. */
export const loggablePath = (path: string): string => /^[A-Za-z0-9._~/-]{0,100}/.exec(path)?.[0] ?? '';

function clientAddress(incoming: IncomingMessage, trusted: TrustsAddress): string {
  if (!trusted || !incoming.socket.remoteAddress) return peerAddress(incoming);
  const claimed = plainAddress(proxyAddr(incoming, trusted));
  return isIP(claimed) ? claimed : peerAddress(incoming);
}

const peerAddress = (incoming: IncomingMessage): string =>
  plainAddress(incoming.socket.remoteAddress ?? 'unknown');

/** IPv4 is written as such also on a dual-stack socket, so that one client has one address. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
