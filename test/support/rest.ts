// The records over REST, as a pipeline reads them.

import type { TestApp } from './app.ts';

export interface RecordsPage {
  '@odata.context': string;
  '@odata.nextLink'?: string;
  '@odata.count'?: number;
  value: Record<string, unknown>[];
}

export interface RestReply {
  status: number;
  headers: Headers;
  /** Of a refusal. */
  error: { code: string; message: string; position?: number; requestId: string } | undefined;
  page: RecordsPage;
  text: string;
}

/** Reads the records with one Authorization header, or none. */
export class RestReader {
  readonly app: TestApp;
  readonly authorization: string | undefined;

  constructor(app: TestApp, authorization?: string) {
    this.app = app;
    this.authorization = authorization;
  }

  /** @param path below /export, or an absolute next link: its origin is the public one, and is replaced */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const target = path.startsWith('http')
      ? new URL(path).pathname + new URL(path).search
      : `/export/${path}`;
    const headers = new Headers(init.headers);
    if (this.authorization !== undefined) headers.set('Authorization', this.authorization);
    return fetch(this.app.url + target, { ...init, headers });
  }

  async get(path: string, options: Record<string, string> = {}): Promise<RestReply> {
    const query = new URLSearchParams(options).toString();
    const response = await this.fetch(query === '' ? path : `${path}?${query}`);
    const text = await response.text();
    const body = response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : {};
    return { status: response.status, headers: response.headers, error: body.error, page: body, text };
  }

  /** Every page by its next link. */
  async pages(path: string, options: Record<string, string> = {}): Promise<RecordsPage[]> {
    const pages: RecordsPage[] = [];
    for (let reply = await this.get(path, options); ; ) {
      if (reply.status !== 200) throw new Error(`a page failed with ${reply.status}: ${reply.text}`);
      pages.push(reply.page);
      const next = reply.page['@odata.nextLink'];
      if (next === undefined) return pages;
      reply = await this.get(next);
    }
  }

  /** Every record, page by page. */
  async all(path: string, options: Record<string, string> = {}): Promise<Record<string, unknown>[]> {
    return (await this.pages(path, options)).flatMap(({ value }) => value);
  }
}
