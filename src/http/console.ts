// The console as Vite built it: pages for browsers, and the scripts and styles they name. It knows a folder and which
// addresses are pages; what the pages do with the API is theirs.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { takesBrotli, takesGzip } from './content-encoding.ts';
import type { HttpReply, HttpRequest, Routes } from './exchange.ts';

/** What a person may open, reload, or send to a colleague. All are one document, which reads its address. */
const pages = [
  '/',
  '/credentials',
  '/credentials/new',
  '/credentials/*',
  '/credentials/*/edit',
  '/accounts',
  '/audit',
  '/explorer',
  '/explorer/*',
];

const mediaTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing inline, nothing from elsewhere, nothing written into the page as markup, and no frame around it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The folder of the build, seen from the build of this file or from its source; undefined before the first build. */
export const builtConsole = (): string | undefined =>
  ['../../web', '../../dist/web']
    .map((folder) => resolve(import.meta.dirname, folder))
    .find((folder) => existsSync(join(folder, 'assets')));

/** The console's routes. Its files are read once: a build that changes under a running server is not served by halves. */
export function consoleRoutes(folder: string): Routes {
  const page = fileOf(join(folder, 'index.html'));
  const open = (request: HttpRequest) => pageReply(page, request);
  const names = readdirSync(join(folder, 'assets')).filter((name) => extname(name) in mediaTypes);
  return {
    ...Object.fromEntries(pages.map((path) => [path, { GET: open }])),
    ...Object.fromEntries(pages.slice(1).map((path) => [`${path}/`, { GET: withoutSlash }])),
    ...Object.fromEntries(
      names.map((name) => {
        const asset = fileOf(join(folder, 'assets', name));
        return [`/assets/${name}`, { GET: (request: HttpRequest) => assetReply(asset, request) }];
      }),
    ),
  };
}

/** Each page has one address; people, and tools that join addresses, end it with a slash now and then. */
const withoutSlash = ({ path, query }: HttpRequest): HttpReply => ({
  status: 308,
  headers: { Location: `${path.slice(0, -1)}${query.size > 0 ? `?${query}` : ''}` },
});

interface BuiltFile {
  readonly mediaType: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer | undefined;
  readonly brotli: Buffer | undefined;
}

function fileOf(path: string): BuiltFile {
  const plain = readFileSync(path);
  const beside = (suffix: string) => (existsSync(path + suffix) ? readFileSync(path + suffix) : undefined);
  return {
    mediaType: mediaTypes[extname(path)] ?? 'application/octet-stream',
    etag: `W/"${createHash('sha256').update(plain).digest('base64url')}"`,
    plain,
    gzip: beside('.gz'),
    brotli: beside('.br'),
  };
}

/** Kept by browsers, and asked for again each time: 304 while it is the same. */
function pageReply(page: BuiltFile, request: HttpRequest): HttpReply {
  const headers = {
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': contentSecurityPolicy,
    'Cross-Origin-Opener-Policy': 'same-origin',
    ETag: page.etag,
    Vary: 'Accept-Encoding',
  };
  if (request.headers['if-none-match']?.includes(page.etag)) return { status: 304, headers };
  return fileReply(page, request, headers);
}

/** Its name changes with its content, so it is never asked for again. */
const assetReply = (asset: BuiltFile, request: HttpRequest): HttpReply =>
  fileReply(asset, request, {
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
  });

function fileReply(file: BuiltFile, request: HttpRequest, headers: Record<string, string>): HttpReply {
  const common = { ...headers, 'Content-Type': file.mediaType };
  const accepted = request.headers['accept-encoding'];
  if (file.brotli && takesBrotli(accepted)) {
    return { status: 200, headers: { ...common, 'Content-Encoding': 'br' }, body: file.brotli };
  }
  if (file.gzip && takesGzip(accepted)) {
    return { status: 200, headers: { ...common, 'Content-Encoding': 'gzip' }, body: file.gzip };
  }
  return { status: 200, headers: common, body: file.plain };
}
