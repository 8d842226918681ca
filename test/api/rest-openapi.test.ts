// The OpenAPI document of the records over REST: of the right form, true to the catalogues, and true to what is served.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnsOf, dataResources, resourceSlug } from '../../src/db/data/resources.ts';
import { loadSample } from '../../src/db/data/sample.ts';
import { resourceScopes } from '../../src/scopes.ts';
import { signedIn } from '../support/actors.ts';
import { issuer, startApp, type TestApp } from '../support/app.ts';
import { RestReader } from '../support/rest.ts';

interface Schema {
  type?: string | string[];
  format?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  $ref?: string;
}

interface Operation {
  operationId: string;
  security: Record<string, string[]>[];
  parameters: { $ref: string }[];
  responses: Record<string, { $ref?: string; description?: string; content?: Record<string, unknown> }>;
}

interface Document {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: Record<string, { get: Operation }>;
  components: {
    schemas: Record<string, Schema>;
    parameters: Record<string, { name: string; in: string; schema: Schema; description: string }>;
    securitySchemes: Record<string, Record<string, unknown>>;
  };
}

let app: TestApp;
let document: Document;

beforeAll(async () => {
  app = await startApp();
  const response = await fetch(`${app.url}/export/v1/openapi.json`);
  expect(response.status).toBe(200);
  document = (await response.json()) as Document;
});
afterAll(() => app.close());

/** Every reference in a part of the document. */
function* referencesIn(part: unknown): Generator<string> {
  if (typeof part !== 'object' || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    if (key === '$ref') yield String(value);
    else yield* referencesIn(value);
  }
}

const resolved = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce((part: unknown, key) => (part as Record<string, unknown> | undefined)?.[key], document);

describe('the document', () => {
  it('is OpenAPI 3.1, for anyone to read', () => {
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: expect.any(String), version: expect.any(String) },
      servers: [{ url: issuer }],
    });
  });

  it('refers to nothing that is not there, and has nothing that no one refers to', () => {
    const references = new Set(referencesIn(document));
    for (const reference of references) expect(resolved(reference), reference).toBeDefined();
    for (const kind of ['schemas', 'parameters', 'responses'] as const) {
      const names = Object.keys((document.components as Record<string, object>)[kind] ?? {});
      expect(names.filter((name) => !references.has(`#/components/${kind}/${name}`))).toEqual([]);
    }
  });

  it('has a list, a count, and an export of each resource under each version, and each operation once', () => {
    const paths = ['v1', 'v1beta2'].flatMap((version) =>
      dataResources.flatMap((resource) =>
        ['', '/$count', '.ndjson'].map((end) => `/export/${version}/records/${resourceSlug(resource)}${end}`),
      ),
    );
    expect(Object.keys(document.paths).sort()).toEqual(paths.sort());
    const ids = Object.values(document.paths).map(({ get }) => get.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names the scope of each operation', () => {
    for (const [path, { get }] of Object.entries(document.paths)) {
      const resource = dataResources.find((name) => path.includes(`/records/${resourceSlug(name)}`));
      if (!resource) throw new Error(`${path} is of no resource`);
      expect(get.security).toEqual([{ oauth2: [resourceScopes[resource]] }, { bearer: [] }, { apiKey: [] }]);
    }
  });

  it('describes every parameter', () => {
    for (const parameter of Object.values(document.components.parameters))
      expect(parameter).toMatchObject({ in: 'query', description: expect.stringMatching(/\.$/) });
  });
});

it('describes the records that are served', async () => {
  const until = new Date('2026-06-01T00:00:00.000Z');
  await loadSample(app.db, app.organization.id, { seed: 5, conversations: 40, days: 6, until, now: until });
  const reader = new RestReader(app, (await signedIn(app)).authorization);
  for (const resource of dataResources) {
    const slug = resourceSlug(resource);
    const properties = document.components.schemas[slug]?.properties ?? {};
    expect(Object.keys(properties)).toEqual(columnsOf(resource).sort());
    for (const record of await reader.all(`v1/records/${slug}`)) {
      for (const [name, value] of Object.entries(record)) {
        expect([properties[name]?.type].flat(), `${slug}.${name}`).toContain(typeOf(value));
        if (properties[name]?.format === 'date-time' && value !== null)
          expect(value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
    }
  }
});

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
