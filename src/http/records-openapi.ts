// The OpenAPI 3.1 document of the records over REST, made from the catalogues of resources and scopes.

import { isNullable, typeOfColumn } from '../db/data/column-facts.ts';
import { columnsOf, type DataResource, dataResources, resourceSlug } from '../db/data/resources.ts';
import { resourceScopes, type ScopeValue, scopeNameOf, scopes } from '../scopes.ts';
import type { JsonObject } from './json.ts';
import { exportOptions, listOptions } from './odata/options.ts';
import { exportDescription, parameterDescriptions, refusals } from './records-openapi-texts.ts';

/** @param bases the paths before a resource's name, each with the same operations */
export function recordsDocument(publicUrl: string, bases: readonly string[]): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey Data API',
      version: '1',
      description: 'The records over REST, for pipelines that speak OData. The same records are at /graphql.',
    },
    servers: [{ url: publicUrl }],
    paths: Object.fromEntries(bases.flatMap((base) => dataResources.flatMap((name) => pathsOf(base, name)))),
    components: {
      schemas: { ...Object.fromEntries(dataResources.map(recordSchema)), Error: errorSchema },
      parameters: Object.fromEntries(parameterNames.map((name) => [componentName(name), parameter(name)])),
      responses: Object.fromEntries(Object.entries(refusals).map(([code, text]) => [code, refusal(text)])),
      securitySchemes: securitySchemes(publicUrl),
    },
  };
}

const parameterNames = [...new Set<string>([...listOptions, ...exportOptions])];
const componentName = (parameterName: string) => parameterName.replace('$', '');
const reference = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });
const parametersOf = (names: readonly string[]) =>
  names.map((name) => reference('parameters', componentName(name)));

function pathsOf(base: string, resource: DataResource): [string, JsonObject][] {
  const slug = resourceSlug(resource);
  const id = `${base.split('/')[2]}-${slug}`;
  const json = { 'application/json': { schema: pageSchema(slug) } };
  const number = { 'text/plain': { schema: { type: 'integer', minimum: 0 } } };
  const lines = { 'application/x-ndjson': { schema: reference('schemas', slug) } };
  const operations: [string, OperationText][] = [
    ['', { id: `list-${id}`, summary: `A page of ${slug}`, options: listOptions, content: json }],
    [
      '/$count',
      { id: `count-${id}`, summary: `How many ${slug} there are`, options: ['$filter'], content: number },
    ],
    [
      '.ndjson',
      {
        id: `export-${id}`,
        summary: `All ${slug}, a line each`,
        description: exportDescription,
        options: exportOptions,
        content: lines,
      },
    ],
  ];
  return operations.map(([end, text]) => [`${base}/${slug}${end}`, { get: operation(resource, text) }]);
}

interface OperationText {
  id: string;
  summary: string;
  description?: string;
  options: readonly string[];
  /** Of the reply that is not a refusal. */
  content: JsonObject;
}

function operation(
  resource: DataResource,
  { id, summary, description, options, content }: OperationText,
): JsonObject {
  const answers = Object.keys(refusals).map((status) => [status, reference('responses', status)]);
  const scope: ScopeValue = resourceScopes[resource];
  return {
    operationId: id,
    summary,
    description: [description, `Needs the scope ${scope}.`].filter(Boolean).join(' '),
    tags: [resourceSlug(resource)],
    security: [{ oauth2: [scope] }, { bearer: [] }, { apiKey: [] }],
    parameters: parametersOf(options),
    responses: { 200: { description: summary, content }, ...Object.fromEntries(answers) },
  };
}

const wholeNumber = { type: 'integer', minimum: 0, maximum: 2_147_483_647 };
const parameterTypes: Record<string, JsonObject> = {
  $top: wholeNumber,
  $skip: wholeNumber,
  $count: { type: 'boolean' },
};

const parameter = (name: string): JsonObject => ({
  name,
  in: 'query',
  required: false,
  description: parameterDescriptions[name],
  schema: parameterTypes[name] ?? { type: 'string' },
});

const pageSchema = (slug: string): JsonObject => ({
  type: 'object',
  required: ['@odata.context', 'value'],
  properties: {
    '@odata.context': { type: 'string', format: 'uri' },
    '@odata.nextLink': {
      type: 'string',
      format: 'uri',
      description: 'Absent on the last page.',
    },
    '@odata.count': { type: 'integer', description: 'With $count=true: as counted for the first page.' },
    value: { type: 'array', items: reference('schemas', slug), maxItems: 500 },
  },
});

function recordSchema(resource: DataResource): [string, JsonObject] {
  const names = columnsOf(resource).sort();
  const properties = Object.fromEntries(names.map((name) => [name, fieldSchema(resource, name)]));
  return [resourceSlug(resource), { type: 'object', properties, additionalProperties: false }];
}

function fieldSchema(resource: DataResource, name: string): JsonObject {
  const kind = typeOfColumn(resource, name);
  const type = kind === 'boolean' ? 'boolean' : 'string';
  const or = (one: string) => (isNullable(resource, name) ? [one, 'null'] : one);
  if (name === 'external_ids') return { type: or('array'), items: { type: 'object' } };
  if (kind === 'jsonb') return { type: or('object') };
  return kind === 'timestamptz' ? { type: or('string'), format: 'date-time' } : { type: or(type) };
}

const errorSchema: JsonObject = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'requestId'],
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        position: { type: 'integer', description: 'The character of the option that is wrong, from 1.' },
        requestId: { type: 'string' },
      },
    },
  },
};

const refusal = (description: string): JsonObject => ({
  description,
  content: { 'application/json': { schema: reference('schemas', 'Error') } },
});

function securitySchemes(publicUrl: string): JsonObject {
  const readable = Object.values<ScopeValue>(resourceScopes).map((value) => [value, describe(value)]);
  return {
    oauth2: {
      type: 'oauth2',
      flows: {
        clientCredentials: {
          tokenUrl: `${publicUrl}/oauth/v1/token`,
          scopes: Object.fromEntries(readable),
        },
      },
    },
    bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key.' },
    apiKey: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'An API key by itself.' },
  };
}

function describe(value: ScopeValue): string {
  const name = scopeNameOf(value);
  return name === undefined ? '' : scopes[name].description;
}
