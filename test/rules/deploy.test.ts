// What deploy/ names exists: metrics, settings, and files.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { refusalReasons } from '../../src/errors.ts';
import { startApp, type TestApp } from '../support/app.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const files = readdirSync(join(root, 'deploy'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const textOf = (name: string) => readFileSync(join(root, name), 'utf8');
const everything = () => files.map((file) => readFileSync(file, 'utf8')).join('\n');

let app: TestApp;
let exposed: string;

beforeAll(async () => {
  app = await startApp();
  exposed = await (await fetch(`${app.url}/metrics`)).text();
});
afterAll(() => app.close());

const metricNames = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(/\b(?:latchkey|http|nodejs|process)_[a-z0-9_]+(?=[[{\s()"]|$)/gm)].map(([name]) =>
      name.replace(/_(?:bucket|sum|count)$/, ''),
    ),
  ),
];

test('every metric that the alerts and the dashboard name is in /metrics', () => {
  const known = [...exposed.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  for (const name of ['deploy/prometheus/alerts.yml', 'deploy/grafana/latchkey.json']) {
    const named = metricNames(textOf(name));
    expect(named.length, name).toBeGreaterThan(5);
    expect(known, name).toEqual(expect.arrayContaining(named));
  }
  expect(known).not.toEqual(expect.arrayContaining(metricNames('rate(latchkey_made_up_total[5m])')));
});

test('every metric of our own is on the dashboard', () => {
  const ours = [...exposed.matchAll(/^# TYPE ((?:latchkey|http)_\S+) /gm)].map(([, name]) => name);
  expect(metricNames(textOf('deploy/grafana/latchkey.json'))).toEqual(expect.arrayContaining(ours));
});

test('every reason that an alert waits for exists', () => {
  const reasons = [...textOf('deploy/prometheus/alerts.yml').matchAll(/reason=~"([^"]+)"/g)].flatMap(
    ([, list = '']) => list.split('|'),
  );
  expect(reasons.length).toBeGreaterThan(4);
  expect(refusalReasons).toEqual(expect.arrayContaining(reasons));
});

test('every alert has a chapter of its own in the runbook, and no other has', () => {
  const alerts = [...textOf('deploy/prometheus/alerts.yml').matchAll(/^ *- alert: (\w+)$/gm)];
  const chapters = [...textOf('docs/runbook.md').matchAll(/^### (Latchkey\w+)\n\n[^#]/gm)];
  expect(alerts.length).toBeGreaterThan(10);
  expect(chapters.map(([, name]) => name)).toEqual(alerts.map(([, name]) => name));
});

test('every setting that deploy/ names exists', () => {
  const known = [...textOf('.env.example').matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
  const named = [...everything().matchAll(/\bLATCHKEY_[A-Z_]+\b/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(10);
  // The compose file makes the public URL of it.
  expect([...known, 'LATCHKEY_HOSTNAME']).toEqual(expect.arrayContaining(named));
});

test('every manifest can be read, and holds no secret', () => {
  const manifests = files.filter((file) => /\.ya?ml$/.test(file));
  expect(manifests.length).toBeGreaterThan(3);
  for (const file of manifests) {
    const problems = parseAllDocuments(readFileSync(file, 'utf8')).flatMap(({ errors }) => errors);
    expect(problems, file).toEqual([]);
  }
  expect(() => JSON.parse(textOf('deploy/grafana/latchkey.json'))).not.toThrow();
  expect(everything()).not.toMatch(/lk_(?:key|sec|ses)_|BEGIN [A-Z ]*PRIVATE KEY|[A-Za-z0-9+/]{43}=/);
});
