import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { goodForMs, healthRoutes } from '../../../src/http/health.ts';
import { createMetrics } from '../../../src/http/metrics.ts';
import { serve } from './serve.ts';

const serving = () => {};

describe('health', () => {
  test('is live and ready when the service can do its work', async () => {
    const { url } = await serve(healthRoutes({ serving, ready: async () => {} }));
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  test('is live but not ready when the database is down, and keeps the reason to the log', async () => {
    const { url, lines } = await serve(
      healthRoutes({ serving, ready: () => Promise.reject(new Error('ECONNREFUSED 10.0.0.5')) }),
    );
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.text()).not.toContain('ECONNREFUSED');
    expect(JSON.stringify(lines)).toContain('ECONNREFUSED');
  });

  test('is looked at once for all who ask together, and anew a moment later', async () => {
    let looks = 0;
    const ready = async () => {
      looks += 1;
      if (looks === 1) throw new Error('away');
    };
    const { url } = await serve(healthRoutes({ serving, ready }));
    const statuses = async () =>
      new Set(
        await Promise.all(Array.from({ length: 50 }, async () => (await fetch(`${url}/readyz`)).status)),
      );
    expect(await statuses()).toEqual(new Set([503]));
    expect(looks).toBe(1);
    await pause(2 * goodForMs);
    expect(await statuses()).toEqual(new Set([200]));
    expect(looks).toBe(2);
  });

  test('a server that stops says so at once', async () => {
    let isStopping = false;
    const stopping = () => {
      if (isStopping) throw new Error('the server is leaving');
    };
    const { url } = await serve(healthRoutes({ serving: stopping, ready: async () => {} }));
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    isStopping = true;
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });
});

describe('metrics', () => {
  test('are of the process and of the replies by route and status', async () => {
    const metrics = createMetrics();
    const { url } = await serve(metrics.routes, { onReply: metrics.observeReply });
    await fetch(`${url}/made-up`);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain('http_request_duration_seconds_count{route="unmatched",status="404"} 1');
  });

  test('do not exist for a request that came through a proxy', async () => {
    const { routes } = createMetrics();
    const { url } = await serve(routes, { trustedProxies: ['loopback'] });
    const proxied: [string, string][] = [
      ['X-Forwarded-For', '127.0.0.1'],
      ['Forwarded', 'for=127.0.0.1'],
    ];
    for (const header of proxied) {
      expect((await fetch(`${url}/metrics`, { headers: [header] })).status).toBe(404);
    }
  });

  test('do not exist for another machine, whatever address it claims', async () => {
    const { routes } = createMetrics();
    const handler = routes['/metrics']?.GET;
    const answer = (peerAddress: string) =>
      handler?.({ peerAddress, address: '127.0.0.1', headers: {}, requestId: 'x' } as never);
    expect(await answer('203.0.113.9')).toMatchObject({ status: 404 });
    expect(await answer('2001:db8::1')).toMatchObject({ status: 404 });
    expect(await answer('unknown')).toMatchObject({ status: 404 });
    expect(await answer('::1')).toMatchObject({ status: 200 });
  });

  test('of two servers in one process do not meet', () => {
    expect(createMetrics().registry).not.toBe(createMetrics().registry);
  });
});
