// Reads one reply to its end, as a program of its own, and says how long it took and how much it was. With a file as third
// argument it is kept.

import { createWriteStream } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Download {
  ms: number;
  bytes: number;
  lines: number;
}

const [url = '', authorization = '', file] = process.argv.slice(2);
const result: Download = { ms: 0, bytes: 0, lines: 0 };

async function* counted(reply: IncomingMessage): AsyncGenerator<Buffer> {
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    result.bytes += chunk.length;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) result.lines += 1;
    yield chunk;
  }
}

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

const begun = performance.now();
const reply = await new Promise<IncomingMessage>((resolve, reject) => {
  get(url, { headers: { authorization } }, resolve).on('error', reject);
});
if (reply.statusCode !== 200) throw new Error(`The reply is ${reply.statusCode}.`);
await pipeline(reply, counted, file === undefined ? nowhere() : createWriteStream(file));
result.ms = performance.now() - begun;
process.stdout.write(`${JSON.stringify(result)}\n`);
