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
  scopesOf,
} from '../scopes.ts';
import { builder } from './builder.ts';
import { enumValues } from './enum-values.ts';

/** In the SDL by name (CONVERSATIONS), inside by value (conversations:read). */
export const ScopeNameEnum = builder.enumType('ScopeName', {
  description: `OAuth strings: ${scopeNames.map((name) => scopes[name].value).join(' ')}`,
  values: Object.fromEntries(
    scopeNames.map((name) => [name, { value: scopes[name].value, description: scopes[name].description }]),
  ) as Record<ScopeName, { value: ScopeValue; description: string }>,
});

const ApiProductNameEnum = builder.enumType('ApiProductName', {
  description: 'APIs that credentials can open.',
  values: enumValues<ApiProductName>({
    DATA_API: 'The records, here and over REST at /export/v1/records.',
    EVENTS_API: 'Another product: its tokens are issued here and refused by the Data API.',
  }),
});

const entry = (value: ScopeValue) => scopes[scopeNameOf(value) as ScopeName];

export const Scope = builder.objectRef<ScopeValue>('Scope');
const ApiProduct = builder.objectRef<ApiProductName>('ApiProduct');

Scope.implement({
  description: 'One thing that a credential may be allowed to do.',
  authScopes: { public: true },
  fields: (t) => ({
    name: t.field({
      type: ScopeNameEnum,
      description: 'As inputs of this API write it.',
      resolve: (value) => value,
    }),
    value: t.string({ description: 'As in an OAuth scope parameter.', resolve: (value) => value }),
    title: t.string({
      description: 'For people, such as Plugin calls.',
      resolve: (value) => entry(value).title,
    }),
    description: t.string({
      description: 'For people: a sentence that says what it opens.',
      resolve: (value) => entry(value).description,
    }),
    product: t.field({
      type: ApiProduct,
      description: 'What the scope is for, which decides how long its tokens live.',
      resolve: (value) => entry(value).product,
    }),
  }),
});

ApiProduct.implement({
  description: 'An API that credentials can open, with its scopes.',
  authScopes: { public: true },
  fields: (t) => ({
    name: t.field({
      type: ApiProductNameEnum,
      description: 'For programs: it stays as it is.',
      resolve: (name) => name,
    }),
    title: t.string({
      description: 'For people, such as Data APIs.',
      resolve: (name) => apiProducts[name].title,
    }),
    scopes: t.field({
      type: [Scope],
      description: 'In the order in which the console shows them.',
      resolve: (name) => scopesOf(name),
    }),
    accessTokenLifetimeSeconds: t.int({
      description:
        'Seconds that a token of this product lives; a token of several lives as long as the strictest allows.',
      resolve: (name) => accessTokenLifetimeSeconds(scopesOf(name)),
    }),
  }),
});

builder.queryField('apiProducts', (t) =>
  t.field({
    type: [ApiProduct],
    description: 'The catalogue: all scopes that there are, by the API that they open.',
    authScopes: { authenticated: true },
    resolve: () => Object.keys(apiProducts) as ApiProductName[],
  }),
);
