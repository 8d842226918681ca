// Every kind of caller that there is, each made when it is wanted, with what it should be allowed.

import type { ScopeName } from '../../src/scopes.ts';
import {
  CreateAccountDocument,
  DeactivateAccountDocument,
  RevokeCredentialDocument,
} from '../operations/documents.ts';
import { anybody, Caller, createApiKey, createClient, pipeline, signedIn } from './actors.ts';
import { addOrganization, adminPassword, startApp, type TestApp } from './app.ts';
import { everyScope } from './root-fields.ts';

/** What a caller is to the service. `bad`: what it presents is refused, for public fields too. */
export type Standing = 'anonymous' | 'bad' | 'member' | 'superAdmin' | { scopes: readonly ScopeName[] };

export interface KindOfCaller {
  name: string;
  standing: Standing;
  make: (app: TestApp, admin: Caller) => Promise<Caller>;
}

const bearer = (app: TestApp, key: string) => new Caller(app, `Bearer ${key}`);

const people: KindOfCaller[] = [
  { name: 'an anonymous caller', standing: 'anonymous', make: async (app) => anybody(app) },
  { name: 'a Super Admin', standing: 'superAdmin', make: (app) => signedIn(app) },
  {
    name: 'a Super Admin of another organisation',
    standing: 'superAdmin',
    make: async (app) => {
      await addOrganization(app, 'Globex', 'admin@globex.example');
      return signedIn(app, 'admin@globex.example');
    },
  },
  {
    name: 'a member',
    standing: 'member',
    make: async (app, admin) => {
      const input = {
        kind: 'PERSON',
        name: 'Member',
        email: 'member@acme.example',
        password: adminPassword,
      } as const;
      await admin.run(CreateAccountDocument, { input });
      return signedIn(app, 'member@acme.example');
    },
  },
];

const machines: KindOfCaller[] = [...everyScope.map((scope) => [scope]), everyScope].flatMap((scopes) => {
  const words = scopes.length > 1 ? 'all scopes' : `the scope ${scopes}`;
  // A token for the Events API alone is not for this audience (RFC 8707), while an API key has none.
  const forDataApi = scopes.some((scope) => scope !== 'EVENTS');
  const key: KindOfCaller = {
    name: `an API key with ${words}`,
    standing: { scopes },
    make: async (app, admin) => bearer(app, (await createApiKey(admin, scopes)).apiKey),
  };
  const token: KindOfCaller = {
    name: `an access token with ${words}`,
    standing: forDataApi ? { scopes } : 'bad',
    make: async (app, admin) => pipeline(app, await createClient(admin, scopes)),
  };
  return [key, token];
});

async function ownedByDeactivated(
  admin: Caller,
  make: (ownerId: string) => Promise<Caller>,
): Promise<Caller> {
  const input = { kind: 'SERVICE_ACCOUNT', name: 'Robot' } as const;
  const { createAccount } = await admin.run(CreateAccountDocument, { input });
  const id = createAccount.account?.id ?? '';
  const caller = await make(id);
  await admin.run(DeactivateAccountDocument, { input: { id } });
  return caller;
}

const ended: KindOfCaller[] = [
  {
    name: 'a revoked API key',
    standing: 'bad',
    make: async (app, admin) => {
      const { apiKey, credential } = await createApiKey(admin, everyScope);
      await admin.run(RevokeCredentialDocument, { input: { id: credential.id } });
      return bearer(app, apiKey);
    },
  },
  {
    name: 'an access token of a revoked client',
    standing: 'bad',
    make: async (app, admin) => {
      const client = await createClient(admin, ['CONVERSATIONS', 'USERS']);
      const reader = await pipeline(app, client);
      await admin.run(RevokeCredentialDocument, { input: { id: client.credential.id } });
      return reader;
    },
  },
  {
    name: 'an API key of a deactivated owner',
    standing: 'bad',
    make: (app, admin) =>
      ownedByDeactivated(admin, async (id) =>
        bearer(app, (await createApiKey(admin, everyScope, id)).apiKey),
      ),
  },
  {
    name: 'an access token of a deactivated owner',
    standing: 'bad',
    make: (app, admin) =>
      ownedByDeactivated(admin, async (id) =>
        pipeline(app, await createClient(admin, ['CONVERSATIONS'], id)),
      ),
  },
  {
    name: 'an ended session',
    standing: 'bad',
    make: async (app) => {
      const person = await signedIn(app);
      await person.run('mutation { signOut { userErrors { code } } }');
      return person;
    },
  },
  {
    name: 'an expired access token',
    standing: 'bad',
    make: async (app, admin) => {
      const reader = await pipeline(app, await createClient(admin, ['CONVERSATIONS']));
      const later = await startApp(app);
      later.clock.advance(3600);
      return new Caller(later, reader.authorization);
    },
  },
];

export const kindsOfCallers: readonly KindOfCaller[] = [...people, ...machines, ...ended];
