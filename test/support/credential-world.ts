// What test/support/credential-model.ts has in memory, done over HTTP: the same actions, and their answers in the same
// words.

import {
  CreateAccountDocument,
  CreateCredentialDocument,
  RevokeCredentialDocument,
  UpdateCredentialDocument,
} from '../operations/documents.ts';
import { Caller, requestToken } from './actors.ts';
import type { TestApp } from './app.ts';
import { type Action, at, type ModelScope, shown } from './credential-model.ts';

/** Two tenants on some instances. What is made is kept in the order of the model's. */
export class World {
  readonly #instances: readonly TestApp[];
  readonly #sessions: readonly string[];
  readonly #owners: string[] = [];
  readonly #credentials: { id: string; secret: string }[] = [];
  readonly #bearers: string[] = [];
  #sent = 0;

  /** @param sessions of the Super Admins, one for each tenant */
  constructor(instances: readonly TestApp[], sessions: readonly string[]) {
    this.#instances = instances;
    this.#sessions = sessions;
  }

  /** The instances take turns. */
  #app(): TestApp {
    this.#sent += 1;
    return at(this.#instances, this.#sent % this.#instances.length);
  }

  #admin(tenant: number): Caller {
    return new Caller(this.#app(), at(this.#sessions, tenant));
  }

  /** @returns what the app answered, in the model's words */
  async perform(action: Action): Promise<string> {
    switch (action.do) {
      case 'hire':
        return this.#hire(action.by);
      case 'create':
        return this.#create(action);
      case 'update': {
        const { id } = at(this.#credentials, action.credential);
        const input = { id, ...(action.name && { name: action.name }), scopes: action.scopes ?? null };
        const data = await this.#admin(action.by).run(UpdateCredentialDocument, { input });
        return told(data.updateCredential);
      }
      case 'revoke': {
        const { id } = at(this.#credentials, action.credential);
        const data = await this.#admin(action.by).run(RevokeCredentialDocument, { input: { id } });
        return told(data.revokeCredential);
      }
      case 'employ':
        return this.#employ(action);
      case 'token':
        return this.#token(action.credential);
      case 'wait':
        at(this.#instances, 0).clock.advance(action.seconds);
        return 'later';
      case 'read':
        return this.#read(at(this.#bearers, action.bearer), action.scope);
    }
  }

  async #hire(by: number): Promise<string> {
    const input = { kind: 'SERVICE_ACCOUNT', name: 'loader' } as const;
    const { createAccount } = await this.#admin(by).run(CreateAccountDocument, { input });
    this.#owners.push(createAccount.account?.id ?? '');
    return createAccount.account?.status ?? '';
  }

  async #create({ by, owner, type, scopes }: Action & { do: 'create' }): Promise<string> {
    const { createCredential } = await this.#admin(by).run(CreateCredentialDocument, {
      input: { name: 'New', authenticationType: type, scopes, ownerAccountId: at(this.#owners, owner) },
    });
    const { credential, secret } = createCredential;
    if (credential && secret) {
      const isKey = secret.__typename === 'ApiKeySecret';
      this.#credentials.push({ id: credential.id, secret: isKey ? secret.apiKey : secret.clientSecret });
      if (isKey) this.#bearers.push(secret.apiKey);
    }
    return told(createCredential);
  }

  async #employ({ by, owner, status }: Action & { do: 'employ' }): Promise<string> {
    const names = { ACTIVE: 'reactivate', DEACTIVATED: 'deactivate', DELETED: 'delete' };
    const { change } = await this.#admin(by).run<{ change: AccountPayload }, object>(
      `mutation ($id: ID!) {
        change: ${names[status]}Account(input: { id: $id }) { account { status } userErrors { code } } }`,
      { id: at(this.#owners, owner) },
    );
    return change.account?.status ?? change.userErrors.map(({ code }) => code).join();
  }

  async #token(credential: number): Promise<string> {
    const { id: clientId, secret: clientSecret } = at(this.#credentials, credential);
    const { status, body } = await requestToken(this.#app(), { clientId, clientSecret });
    if (typeof body.access_token !== 'string') return String(status);
    this.#bearers.push(`Bearer ${body.access_token}`);
    const names = String(body.scope)
      .split(' ')
      .map((value) => value.replace(':read', '').toUpperCase());
    return shown({ name: 'token', scopes: names });
  }

  async #read(authorization: string, scope: ModelScope): Promise<string> {
    const field = scope.toLowerCase();
    const reply = await new Caller(this.#app(), authorization).send<
      Record<string, { nodes: { id: string }[] }>,
      never
    >(`{ ${field}(first: 5) { nodes { id } } }`);
    if (reply.status !== 200) return String(reply.status);
    const ids = reply.data?.[field]?.nodes.map(({ id }) => id.replace(`-${field}`, ''));
    return `200 of ${ids?.join(' and ')}`;
  }
}

interface CredentialPayload {
  credential?: { name: string; scopes: { name: string }[] } | null;
  userErrors: { code: string }[];
}
interface AccountPayload {
  account: { status: string } | null;
  userErrors: { code: string }[];
}

const told = ({ credential, userErrors }: CredentialPayload): string =>
  credential
    ? shown({ name: credential.name, scopes: credential.scopes.map(({ name }) => name) })
    : userErrors.map(({ code }) => code).join();
