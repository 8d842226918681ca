// Builds the console into dist/web: hashed names, no inline script or style, and each file compressed beside itself.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const outDir = join(import.meta.dirname, '../dist/web');

/** What the server sends is compressed once, here, and as small as it gets. */
function compressed(): Plugin {
  return {
    name: 'latchkey:compressed',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(?:js|css|html|svg)$/.test(name)) continue;
        const path = join(outDir, name);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(bytes));
      }
    },
  };
}

const origin = 'http://localhost:4000';
/** The session cookie counts only for requests that come from the server's own pages. */
const proxied = { target: origin, headers: { origin } };

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic' } },
  plugins: [compressed()],
  build: {
    outDir,
    emptyOutDir: true,
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // 'use client' of libraries means nothing here, and is told once for each of their files.
    rolldownOptions: {
      onLog: (level, log, tell) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && tell(level, log),
    },
  },
  // For work on the console: `npx vite web` beside a server on its usual port.
  server: { proxy: { '/graphql': proxied, '/oauth': proxied } },
});
