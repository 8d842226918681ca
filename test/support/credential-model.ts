// What the life of credentials should be, in memory and one step after the other: the model that
// test/rules/credential-model.test.ts holds the app to.

export const modelScopes = ['INTERACTIONS', 'CONVERSATIONS', 'USERS'] as const;
export type ModelScope = (typeof modelScopes)[number];
export type OwnerStatus = 'ACTIVE' | 'DEACTIVATED' | 'DELETED';
export type CredentialKind = 'API_KEY' | 'OAUTH2_CLIENT_CREDENTIALS';

/** Things are named by their places, in the order in which they were made; `by` is the tenant that asks. */
export type Action =
  | { do: 'hire'; by: number }
  | { do: 'create'; by: number; owner: number; type: CredentialKind; scopes: ModelScope[] }
  | { do: 'update'; by: number; credential: number; name?: string; scopes?: ModelScope[] }
  | { do: 'revoke'; by: number; credential: number }
  | { do: 'employ'; by: number; owner: number; status: OwnerStatus }
  | { do: 'token'; credential: number }
  | { do: 'wait'; seconds: number }
  | { do: 'read'; bearer: number; scope: ModelScope };

export interface Model {
  /** Seconds since the start. */
  now: number;
  owners: { tenant: number; status: OwnerStatus }[];
  credentials: {
    owner: number;
    type: CredentialKind;
    name: string;
    scopes: ModelScope[];
    revoked: boolean;
  }[];
  /** Keys and tokens. */
  bearers: { credential: number; scopes: readonly ModelScope[]; until: number }[];
}

export const emptyModel = (): Model => ({ now: 0, owners: [], credentials: [], bearers: [] });

export const ownerOf = (model: Model, place: number): Model['owners'][number] => at(model.owners, place);
export const credentialOf = (model: Model, place: number) => at(model.credentials, place);
export const tenantOf = (model: Model, credential: number): number =>
  ownerOf(model, credentialOf(model, credential).owner).tenant;

/** Does it in the model. @returns what the app should answer */
export function step(model: Model, action: Action): string {
  if ('credential' in action && 'by' in action && tenantOf(model, action.credential) !== action.by)
    return 'NOT_FOUND';
  if ('owner' in action && ownerOf(model, action.owner).tenant !== action.by) return 'NOT_FOUND';
  switch (action.do) {
    case 'hire':
      model.owners.push({ tenant: action.by, status: 'ACTIVE' });
      return 'ACTIVE';
    case 'create':
      return create(model, action);
    case 'update': {
      const credential = credentialOf(model, action.credential);
      if (credential.revoked) return 'REVOKED';
      Object.assign(credential, action.name && { name: action.name });
      Object.assign(credential, action.scopes && { scopes: action.scopes });
      return shown(credential);
    }
    case 'revoke':
      credentialOf(model, action.credential).revoked = true;
      return shown(credentialOf(model, action.credential));
    case 'employ': {
      const owner = ownerOf(model, action.owner);
      if (owner.status === 'DELETED' && action.status !== 'DELETED') return 'NOT_PERMITTED';
      owner.status = action.status;
      return owner.status;
    }
    case 'token':
      return issue(model, action.credential);
    case 'wait':
      model.now += action.seconds;
      return 'later';
    case 'read':
      return read(model, action.bearer, action.scope);
  }
}

/** What the app shows of a credential in its reply to a change, and of a token. */
export const shown = ({ name, scopes }: { name: string; scopes: readonly string[] }): string =>
  `${name}: ${[...scopes].sort().join(' ')}`;

function create(model: Model, { owner, type, scopes }: Action & { do: 'create' }): string {
  if (ownerOf(model, owner).status !== 'ACTIVE') return 'NOT_FOUND';
  const credential = model.credentials.length;
  model.credentials.push({ owner, type, name: 'New', scopes, revoked: false });
  if (type === 'API_KEY') model.bearers.push({ credential, scopes: modelScopes, until: Infinity });
  return shown({ name: 'New', scopes });
}

const isLive = (model: Model, credential: number): boolean => {
  const { revoked, owner } = credentialOf(model, credential);
  return !revoked && ownerOf(model, owner).status === 'ACTIVE';
};

const tokenLifeSeconds = 3600;

function issue(model: Model, credential: number): string {
  const { type, scopes } = credentialOf(model, credential);
  if (type === 'API_KEY' || !isLive(model, credential)) return '401';
  model.bearers.push({ credential, scopes: [...scopes], until: model.now + tokenLifeSeconds });
  return shown({ name: 'token', scopes });
}

/** 401 for what is dead, 403 for what lacks the scope, and otherwise whose records are read. */
function read(model: Model, place: number, scope: ModelScope): string {
  const { credential, scopes, until } = at(model.bearers, place);
  if (!isLive(model, credential) || model.now >= until) return '401';
  const may = scopes.includes(scope) && credentialOf(model, credential).scopes.includes(scope);
  return may ? `200 of tenant ${tenantOf(model, credential)}` : '403';
}

export function at<Item>(items: readonly Item[], place: number): Item {
  const item = items[place];
  if (item === undefined) throw new Error(`there is none in place ${place}`);
  return item;
}
