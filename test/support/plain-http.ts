// One HTTP request exactly as it is written: any method, headers repeated, any bytes as the body.

import http from 'node:http';

export interface PlainRequest {
  method?: string;
  path: string;
  /** In order; a name may come more than once. */
  headers?: readonly (readonly [name: string, value: string])[];
  body?: string | Buffer;
}

export interface PlainReply {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export function plainRequest(url: string, request: PlainRequest): Promise<PlainReply> {
  const { method = 'POST', path, headers = [], body = '' } = request;
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const length = ['Content-Length', String(Buffer.byteLength(body))] as const;
    const outgoing = http.request({
      hostname,
      port,
      method,
      path,
      headers: [['Host', `${hostname}:${port}`], length, ...headers].flat() as never,
    });
    outgoing.once('response', async (incoming) => {
      let text = '';
      for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
