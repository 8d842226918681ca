// The catalogue: API products with their token lifetime, scopes with value, title, and description.
// A new scope is one entry here; the SDL enum, the input check, and the scope matrix follow.

export const apiProducts = {
  DATA_API: { title: 'Data APIs', accessTokenLifetimeSeconds: 3600, resourcePath: '/graphql' },
  EVENTS_API: { title: 'Events API', accessTokenLifetimeSeconds: 60, resourcePath: '/events' },
} as const;

export type ApiProductName = keyof typeof apiProducts;

interface ScopeEntry {
  value: string;
  title: string;
  description: string;
  product: ApiProductName;
}

/** In the order in which the console shows them. */
export const scopes = {
  INTERACTIONS: {
    value: 'interactions:read',
    title: 'Interactions',
    description: 'Read what users and the assistant said and clicked, message by message.',
    product: 'DATA_API',
  },
  CONVERSATIONS: {
    value: 'conversations:read',
    title: 'Conversations',
    description: 'Read conversations: who, when, by which route, and about which domain.',
    product: 'DATA_API',
  },
  PLUGIN_CALLS: {
    value: 'plugin_calls:read',
    title: 'Plugin calls',
    description: 'Read which plugins were called, and whether they were served and used.',
    product: 'DATA_API',
  },
  PLUGIN_RESOURCES: {
    value: 'plugin_resources:read',
    title: 'Plugin resources',
    description: 'Read the articles, files, forms, and tickets that plugins returned.',
    product: 'DATA_API',
  },
  USERS: {
    value: 'users:read',
    title: 'Users',
    description: 'Read user records: names, e-mail addresses, and identities in connected systems.',
    product: 'DATA_API',
  },
  EVENTS: {
    value: 'events:write',
    title: 'Events',
    description: 'Send event messages to users.',
    product: 'EVENTS_API',
  },
} as const satisfies Record<string, ScopeEntry>;

export type ScopeName = keyof typeof scopes;
/** A scope as an OAuth `scope` parameter writes it, and as it is stored. */
export type ScopeValue = (typeof scopes)[ScopeName]['value'];

/** The scope that opens each resource of the Data API. */
export const resourceScopes = {
  conversations: scopes.CONVERSATIONS.value,
  interactions: scopes.INTERACTIONS.value,
  plugin_calls: scopes.PLUGIN_CALLS.value,
  plugin_resources: scopes.PLUGIN_RESOURCES.value,
  users: scopes.USERS.value,
} as const;

export const scopeNames = Object.keys(scopes) as ScopeName[];
export const scopeValues = scopeNames.map((name) => scopes[name].value);

const nameByValue = new Map<string, ScopeName>(scopeNames.map((name) => [scopes[name].value, name]));

/** The catalogue's name of a scope value, or undefined for a value the catalogue does not have (any more). */
export const scopeNameOf = (value: string): ScopeName | undefined => nameByValue.get(value);

export const isScopeValue = (value: string): value is ScopeValue => nameByValue.has(value);

/** Scope values in the catalogue's order, each once; unknown values are left out and so grant nothing. */
export function inCatalogueOrder(values: Iterable<string>): ScopeValue[] {
  const wanted = new Set(values);
  return scopeValues.filter((value) => wanted.has(value));
}

/** The API product that a scope belongs to. */
export const productOf = (value: ScopeValue): ApiProductName =>
  scopes[nameByValue.get(value) as ScopeName].product;

/** The API products that these scopes belong to, in the catalogue's order. */
export function productsOf(values: readonly ScopeValue[]): ApiProductName[] {
  const products = new Set(values.map(productOf));
  return (Object.keys(apiProducts) as ApiProductName[]).filter((name) => products.has(name));
}

/** The scopes of an API product, in the catalogue's order. */
export const scopesOf = (product: ApiProductName): ScopeValue[] =>
  scopeNames.filter((name) => scopes[name].product === product).map((name) => scopes[name].value);

/** The product that a resource indicator (RFC 8707) names, or undefined for one that is not ours. */
export function productOfResource(issuer: string, uri: string): ApiProductName | undefined {
  return (Object.keys(apiProducts) as ApiProductName[]).find(
    (name) => uri === issuer + apiProducts[name].resourcePath,
  );
}

/** Seconds that no token outlives. */
export const longestTokenSeconds = Math.max(
  ...Object.values(apiProducts).map((product) => product.accessTokenLifetimeSeconds),
);

/** Seconds a token with these scopes lives: as long as the strictest product among them allows. */
export function accessTokenLifetimeSeconds(values: readonly ScopeValue[]): number {
  return Math.min(...productsOf(values).map((name) => apiProducts[name].accessTokenLifetimeSeconds));
}
