// The catalogue of scopes: what is in it, and what follows from it.

import { describe, expect, test } from 'vitest';
import {
  accessTokenLifetimeSeconds,
  inCatalogueOrder,
  isScopeValue,
  productOfResource,
  productsOf,
  type ScopeValue,
  scopeNameOf,
  scopeNames,
  scopes,
  scopeValues,
} from '../../src/scopes.ts';

describe('the catalogue', () => {
  test('has one read-only scope for each resource of the Data API', () => {
    const ofDataApi = scopeNames.filter((name) => scopes[name].product === 'DATA_API');
    expect(ofDataApi.sort()).toEqual([
      'CONVERSATIONS',
      'INTERACTIONS',
      'PLUGIN_CALLS',
      'PLUGIN_RESOURCES',
      'USERS',
    ]);
    for (const name of ofDataApi) expect(scopes[name].value).toMatch(/^[a-z_]+:read$/);
  });

  test('has no value twice, and values that an OAuth scope parameter can carry', () => {
    expect(new Set(scopeValues).size).toBe(scopeValues.length);
    for (const value of scopeValues) expect(value).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  test('has no scope that stands for all others', () => {
    expect(
      scopeNames.filter((name) =>
        /\*|(?:^|[_:])(?:all|any)(?:[_:]|$)/i.test(`${name}:${scopes[name].value}`),
      ),
    ).toEqual([]);
  });

  test('has a title and a whole sentence for each', () => {
    for (const name of scopeNames) {
      expect(scopes[name].title).toMatch(/^[A-Z]/);
      expect(scopes[name].description).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('finds a scope by its value, and nothing by what is no value', () => {
    for (const name of scopeNames) expect(scopeNameOf(scopes[name].value)).toBe(name);
    for (const other of [
      '',
      'CONVERSATIONS',
      'Conversations:read',
      'conversations:read ',
      'toString',
      '__proto__',
    ]) {
      expect(scopeNameOf(other)).toBeUndefined();
      expect(isScopeValue(other)).toBe(false);
    }
  });
});

test('values are put in order, each once, and unknown ones grant nothing', () => {
  const jumbled = ['users:read', 'gone:read', 'conversations:read', 'users:read', '__proto__'];
  expect(inCatalogueOrder(jumbled)).toEqual(['conversations:read', 'users:read']);
  expect(inCatalogueOrder([...scopeValues].reverse())).toEqual(scopeValues);
  expect(inCatalogueOrder([])).toEqual([]);
});

test('an access token lives as long as the strictest product among its scopes allows', () => {
  const ofProduct = (product: string): ScopeValue[] =>
    scopeNames.filter((name) => scopes[name].product === product).map((name) => scopes[name].value);
  for (const value of ofProduct('DATA_API')) expect(accessTokenLifetimeSeconds([value])).toBe(3600);
  for (const value of ofProduct('EVENTS_API')) {
    expect(accessTokenLifetimeSeconds([value])).toBe(60);
    expect(accessTokenLifetimeSeconds([...ofProduct('DATA_API'), value])).toBe(60);
    expect(productsOf([value, ...ofProduct('DATA_API')])).toEqual(['DATA_API', 'EVENTS_API']);
  }
});

test('a resource is one of ours by its exact address alone', () => {
  const issuer = 'https://keys.example.com';
  expect(productOfResource(issuer, `${issuer}/graphql`)).toBe('DATA_API');
  expect(productOfResource(issuer, `${issuer}/events`)).toBe('EVENTS_API');
  const others = [
    `${issuer}/`,
    issuer,
    `${issuer}/graphql/`,
    `${issuer}/GRAPHQL`,
    'https://other.example/graphql',
    '',
  ];
  for (const uri of others) expect(productOfResource(issuer, uri)).toBeUndefined();
});
