// The built console as the server hands it out: addresses, caching, compression, and the size of the first load.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtConsole, consoleRoutes } from '../../../src/http/console.ts';
import { serve } from './serve.ts';

const folder = builtConsole() ?? '';
const assets = readdirSync(join(folder, 'assets')).filter((name) => /\.(?:js|css|svg)$/.test(name));
const served = () => serve(consoleRoutes(folder));

/** A reply as it is on the wire: fetch would decompress it. */
const raw = (url: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const outgoing = request(url, { headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });

describe('pages', () => {
  test.each([
    '/',
    '/credentials',
    '/credentials?search=x',
    '/credentials/new',
    '/credentials/cred_1',
    '/credentials/cred_1/edit',
    '/accounts',
    '/audit',
    '/explorer',
    '/explorer/users',
  ])('%s is the console, and asked for again each time', async (path) => {
    const { url } = await served();
    const reply = await fetch(url + path);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(reply.headers.get('cache-control')).toBe('no-cache');
    expect(await reply.text()).toContain('<title>Latchkey</title>');
  });

  test.each([
    ['/credentials/', '/credentials'],
    ['/credentials/new/', '/credentials/new'],
    ['/credentials/cred_1/edit/', '/credentials/cred_1/edit'],
    ['/audit/?action=SIGNED_IN&from=2026-01-31', '/audit?action=SIGNED_IN&from=2026-01-31'],
    ['/explorer/users/', '/explorer/users'],
  ])('%s leads to %s', async (path, page) => {
    const { url } = await served();
    const reply = await fetch(url + path, { redirect: 'manual' });
    expect(reply.status).toBe(308);
    expect(reply.headers.get('location')).toBe(page);
    expect((await fetch(url + path)).headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test.each([
    '//',
    '/credentials//',
    '/credentials/a/b/',
    '/graphiql/',
    '/credentials//edit',
    '/credentials/a/b',
    '/assets/',
    '/index.html',
    '/explorer/a/b',
  ])('%s is no address of the console', async (path) => {
    const { url } = await served();
    const reply = await fetch(url + path);
    expect(reply.status).toBe(404);
    expect((await reply.json()).error.code).toBe('NOT_FOUND');
  });

  test('a page allows nothing inline, nothing from elsewhere, and no frame around it', async () => {
    const { url } = await served();
    const reply = await fetch(`${url}/credentials`);
    const policy = reply.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    expect(reply.headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('a page that is still the same is not sent again', async () => {
    const { url } = await served();
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    const again = await raw(`${url}/audit`, { 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(again.body.length).toBe(0);
    expect(again.headers['content-security-policy']).toContain("default-src 'none'");
  });
});

describe('scripts and styles', () => {
  test('are kept for good, under names that change with their content', async () => {
    const { url } = await served();
    expect(assets.length).toBeGreaterThan(5);
    for (const name of assets) {
      expect(name).toMatch(/-[0-9A-Za-z_-]{8}\.(?:js|css|svg)$/);
      const reply = await fetch(`${url}/assets/${name}`);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  test.each([
    ['br', 'gzip, deflate, br', '.br'],
    ['gzip', 'gzip;q=0.5, br;q=0', '.gz'],
    [undefined, 'identity', ''],
  ])('come as %s to a client that takes %s', async (encoding, accepted, suffix) => {
    const { url } = await served();
    const name = assets.find((one) => one.endsWith('.js')) ?? '';
    const reply = await raw(`${url}/assets/${name}`, { 'accept-encoding': accepted });
    expect(reply.headers['content-encoding']).toBe(encoding);
    expect(String(reply.headers.vary)).toContain('Accept-Encoding');
    expect(reply.body).toEqual(readFileSync(join(folder, 'assets', name + suffix)));
  });

  test('the first load is under 150 kB of compressed script', () => {
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    const scripts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name ?? '');
    expect(scripts.length).toBeGreaterThan(0);
    const bytes = scripts.reduce((sum, name) => sum + statSync(join(folder, `${name}.gz`)).size, 0);
    expect(bytes).toBeLessThan(150_000);
  });

  test('nothing in the build names another host', () => {
    for (const name of assets.filter((one) => one.endsWith('.css')))
      expect(readFileSync(join(folder, 'assets', name), 'utf8')).not.toMatch(/url\(|@import/);
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).not.toMatch(/https?:|<style|style=|<script>/);
  });
});
