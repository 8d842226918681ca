// The schema builder: plugins, scalars, and scope-auth's wiring. Defines no types of the product.

import SchemaBuilder from '@pothos/core';
import ScopeAuthPlugin, { RequestCache } from '@pothos/plugin-scope-auth';
import { GraphQLError } from 'graphql';
import { hasScopes } from '../auth/caller-scopes.ts';
import { parseInstant } from '../instant.ts';
import type { ScopeValue } from '../scopes.ts';
import { isAuthenticated, isSuperAdmin } from './authorization.ts';
import type { Context } from './context.ts';
import { refusalFor } from './required-scopes.ts';

export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  DefaultAuthStrategy: 'all';
  AuthScopes: {
    public: boolean;
    authenticated: boolean;
    superAdmin: boolean;
    requiresScopes: ScopeValue[][];
  };
  Scalars: {
    /** ISO 8601 text in UTC with milliseconds, as the database layer gives it. */
    DateTime: { Input: string; Output: string };
    /** A day of the calendar, `YYYY-MM-DD`. */
    Date: { Input: string; Output: string };
    /** A JSON Web Key, unchecked but for being an object. */
    JWK: { Input: Record<string, unknown>; Output: Record<string, unknown> };
    ID: { Input: string; Output: string };
  };
}>({
  plugins: [ScopeAuthPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    defaultStrategy: 'all',
    runScopesOnType: true,
    cacheKey: (value) => JSON.stringify(value),
    unauthorizedError: (_parent, context, info) =>
      refusalFor(context.principal, info.parentType.getFields()[info.fieldName], info.parentType),
    authScopes: ({ principal }) => ({
      public: true,
      authenticated: isAuthenticated(principal),
      superAdmin: isSuperAdmin(principal),
      requiresScopes: (alternatives) => hasScopes(principal, alternatives),
    }),
  },
});

/** Drops what scope-auth keeps of a request, which would stay, with all of the request, until the next full collection. */
export const forgetScopesOf = (context: Context): void => RequestCache.clearForContext(context);

builder.queryType({ description: 'What can be read. Each field says whom it answers.' });
builder.mutationType({
  description: 'What can be changed. Problems of the input are data, in userErrors; all else is an error.',
});

builder.scalarType('DateTime', {
  description: 'An instant, RFC 3339: `2026-01-31T09:30:00.000Z`. Output is in UTC with milliseconds.',
  serialize: (value) => value,
  parseValue: (value) => {
    const instant = typeof value === 'string' ? parseInstant(value) : undefined;
    if (instant === undefined)
      throw new GraphQLError('Write the instant as RFC 3339, as in 2026-01-31T09:30:00Z.');
    return instant;
  },
});

builder.scalarType('Date', {
  description: 'A day of the calendar, in no time zone of its own: `2026-01-31`.',
  serialize: (value) => value,
  parseValue: (value) => {
    const isDay = typeof value === 'string' && value.length === 10 && parseInstant(`${value}T00:00:00Z`);
    if (!isDay) throw new GraphQLError('Write the day as YYYY-MM-DD, as in 2026-01-31.');
    return value;
  },
});

builder.scalarType('JWK', {
  description:
    'A JSON Web Key (RFC 7517), as an object: `{"kty": "EC", "crv": "P-256", "x": "…", "y": "…"}`.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new GraphQLError('Give the JSON Web Key as an object with its members.');
    return value as Record<string, unknown>;
  },
});
