// Scopes and API products: the catalogue, as a client sees it.

import {
  type ApiProductName,
  accessTokenLifetimeSeconds,
  apiProducts,
  type ScopeName,
  type ScopeValue,
  scopeNameOf,
  scopeNames,
  scopes,
} from '../scopes.ts';
import { builder } from './builder.ts';

/** In the SDL by name (CONVERSATIONS), inside by value (conversations:read). */
export const ScopeNameEnum = builder.enumType('ScopeName', {
  description: `OAuth strings: ${scopeNames.map((name) => scopes[name].value).join(' ')}`,
  values: Object.fromEntries(
    scopeNames.map((name) => [name, { value: scopes[name].value, description: scopes[name].description }]),
  ) as Record<ScopeName, { value: ScopeValue; description: string }>,
});

const ApiProductNameEnum = builder.enumType('ApiProductName', {
  values: Object.keys(apiProducts) as ApiProductName[],
});

const entry = (value: ScopeValue) => scopes[scopeNameOf(value) as ScopeName];

export const Scope = builder.objectRef<ScopeValue>('Scope');
const ApiProduct = builder.objectRef<ApiProductName>('ApiProduct');

Scope.implement({
  authScopes: { public: true },
  fields: (t) => ({
    name: t.field({ type: ScopeNameEnum, resolve: (value) => value }),
    value: t.string({ description: 'As in an OAuth scope parameter.', resolve: (value) => value }),
    title: t.string({ resolve: (value) => entry(value).title }),
    description: t.string({ resolve: (value) => entry(value).description }),
    product: t.field({ type: ApiProduct, resolve: (value) => entry(value).product }),
  }),
});

ApiProduct.implement({
  authScopes: { public: true },
  fields: (t) => ({
    name: t.field({ type: ApiProductNameEnum, resolve: (name) => name }),
    title: t.string({ resolve: (name) => apiProducts[name].title }),
    scopes: t.field({ type: [Scope], resolve: scopesOfProduct }),
    accessTokenLifetimeSeconds: t.int({
      description:
        'Seconds that a token of this product lives; a token of several lives as long as the strictest allows.',
      resolve: (name) => accessTokenLifetimeSeconds(scopesOfProduct(name)),
    }),
  }),
});

const scopesOfProduct = (product: ApiProductName): ScopeValue[] =>
  scopeNames.filter((name) => scopes[name].product === product).map((name) => scopes[name].value);

builder.queryField('apiProducts', (t) =>
  t.field({
    type: [ApiProduct],
    authScopes: { authenticated: true },
    resolve: () => Object.keys(apiProducts) as ApiProductName[],
  }),
);
