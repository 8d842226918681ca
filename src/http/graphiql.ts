// GraphiQL as one page out of the installed package: no CDN, no request but to this server, and a strict content
// security policy. The page is 9 MB, so it is made on the first request and kept, plain and compressed.

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { takesGzip } from './content-encoding.ts';
import type { Handler, HttpReply, HttpRequest } from './exchange.ts';
import { exampleTabs } from './graphiql-examples.ts';

interface Page {
  readonly plain: Buffer;
  readonly compressed: Buffer;
  readonly etag: string;
  readonly policy: string;
}

/**
 * Runs before GraphiQL. It keeps operations, which may hold a password, out of the address bar, and what GraphiQL
 * remembers in the tab's own storage, which ends with the tab. GraphiQL shows the variables of its first tab only when
 * it finds them there.
 */
const prelude = `
Object.defineProperty(window, 'localStorage', { value: window.sessionStorage });
history.replaceState = () => {};
if (sessionStorage.length === 0) {
  sessionStorage.setItem('graphiql:variables', ${JSON.stringify(exampleTabs[0]?.variables ?? '')});
}
`;

/**
 * On a first visit GraphiQL leaves its tabs with an offset that counts while they are pressed: the button would be gone
 * from under the pointer before it is let go, and a click would do nothing.
 */
const stillTabs = '.graphiql-tab { transform: none !important; }';

/** The handler of the page. A page that could not be made is tried again by the next request. */
export function graphiqlPage(): Handler {
  let page: Promise<Page> | undefined;
  return async (request) => {
    page ??= makePage();
    try {
      return pageReply(await page, request);
    } catch (error) {
      page = undefined;
      throw error;
    }
  };
}

async function makePage(): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const rendered = renderGraphiQL({
    title: 'Latchkey GraphiQL',
    defaultTabs: exampleTabs.map((tab) => ({ ...tab })),
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    credentials: 'same-origin',
  });
  const html = rendered
    .trimStart()
    .replace(
      '<script>',
      () => `<style>${stillTabs}</style>\n      <script>${prelude}</script>\n      <script>`,
    );
  const plain = Buffer.from(html);
  return {
    plain,
    compressed: await promisify(gzip)(plain),
    etag: `W/"${createHash('sha256').update(plain).digest('base64url')}"`,
    policy: contentSecurityPolicy([prelude, mainScript(html)]),
  };
}

/** The last inline script, from its tag to the end tag; both tags are found where a browser finds them. */
function mainScript(html: string): string {
  const start = html.indexOf('<script>', html.indexOf(prelude)) + '<script>'.length;
  return html.slice(start, html.lastIndexOf('</script>'));
}

/**
 * Scripts run by their hash alone. Monaco starts its workers from blobs, carries its icon font as data, and writes
 * style elements and attributes as it goes, whose hashes nobody knows: for styles, and only there, 'unsafe-inline'.
 */
function contentSecurityPolicy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Kept by browsers, and asked for again each time: 304 while it is the same. */
function pageReply(page: Page, { headers }: HttpRequest): HttpReply {
  const common = {
    'Cache-Control': 'private, no-cache',
    ETag: page.etag,
    Vary: 'Accept, Accept-Encoding',
    'Content-Security-Policy': page.policy,
  };
  if (headers['if-none-match']?.includes(page.etag)) return { status: 304, headers: common };
  const full = { ...common, 'Content-Type': 'text/html; charset=utf-8' };
  return takesGzip(headers['accept-encoding'])
    ? { status: 200, headers: { ...full, 'Content-Encoding': 'gzip' }, body: page.compressed }
    : { status: 200, headers: full, body: page.plain };
}
