// What a client was told about its credentials while the server was being killed, and what must be true of them after:
// an answer that came holds, and a request without an answer was either done whole or not at all.

import {
  CreateCredentialDocument,
  type CreateCredentialMutation,
  RevokeCredentialDocument,
  UpdateCredentialDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import { Caller, requestToken } from './actors.ts';
import type { TestApp } from './app.ts';

/** A creation that was sent with a key. */
interface Creation {
  input: {
    name: string;
    authenticationType: 'API_KEY' | 'OAUTH2_CLIENT_CREDENTIALS';
    scopes: ['USERS'];
    idempotencyKey: string;
  };
  /** Of what it made; undefined while no answer came. */
  id: string | undefined;
}

interface Entry {
  id: string;
  /** Whether the secret that was shown is taken. */
  accepted(app: TestApp): Promise<boolean>;
  /** Of the last rename that was answered, and of one that was not. */
  names: string[];
  /** 'asked' while no answer came. */
  revoked: 'no' | 'asked' | 'yes';
}

export class KillJournal {
  readonly entries: Entry[] = [];
  /** Creations since the last look at them. */
  readonly creations: Creation[] = [];
  /** Creations in all. */
  created = 0;
  /** Changes that were answered. */
  acknowledged = 0;
  /** Changes of which nobody knows, because the server went in the middle. */
  unanswered = 0;

  /** Creates, uses, renames, and revokes, again and again, until the server is gone. */
  async work(admin: Caller): Promise<void> {
    for (let number = 0; ; number++) {
      const entry = await this.create(admin, number % 2 === 0 ? 'API_KEY' : 'OAUTH2_CLIENT_CREDENTIALS');
      if (!entry) return;
      const name = `Renamed ${entry.id.slice(-6)} ${number}`;
      entry.names.push(name);
      if (!(await this.told(admin.run(UpdateCredentialDocument, { input: { id: entry.id, name } })))) return;
      entry.names = [name];
      if (number % 3 === 0) continue;
      entry.revoked = 'asked';
      if (!(await this.told(admin.run(RevokeCredentialDocument, { input: { id: entry.id } })))) return;
      entry.revoked = 'yes';
    }
  }

  private async create(
    admin: Caller,
    authenticationType: 'API_KEY' | 'OAUTH2_CLIENT_CREDENTIALS',
  ): Promise<Entry | undefined> {
    this.created += 1;
    const creation: Creation = {
      input: {
        name: 'Made',
        authenticationType,
        scopes: ['USERS'],
        idempotencyKey: `number-${this.created}`,
      },
      id: undefined,
    };
    this.creations.push(creation);
    const made = await this.told(admin.run(CreateCredentialDocument, { input: creation.input }));
    creation.id = made?.createCredential.credential?.id;
    if (!made) return undefined;
    const entry = this.note(made);
    if (!entry) throw new Error(`nothing was made: ${JSON.stringify(made)}`);
    return entry;
  }

  /** Remembers what was shown; undefined when no secret was. */
  private note({ createCredential: { credential, secret } }: CreateCredentialMutation): Entry | undefined {
    if (!secret || !credential) return undefined;
    const accepted = async (app: TestApp) =>
      secret.__typename === 'ApiKeySecret'
        ? (await new Caller(app, secret.apiKey).send(ViewerDocument)).status === 200
        : (await requestToken(app, secret)).status === 200;
    const entry: Entry = { id: credential.id, accepted, names: ['Made'], revoked: 'no' };
    this.entries.push(entry);
    return entry;
  }

  /**
   * Sends the creations since the last look again, each twice at once. Each has to have made one credential, whose secret
   * was shown once at most, and only now where no answer had come.
   * @returns everything that is otherwise
   */
  async repeated(admin: Caller): Promise<string[]> {
    const problems: string[] = [];
    for (const { input, id } of this.creations.splice(0)) {
      const replies = await Promise.all([1, 2].map(() => admin.run(CreateCredentialDocument, { input })));
      const ids = new Set(replies.map(({ createCredential }) => createCredential.credential?.id));
      const shown = replies.filter((reply) => this.note(reply));
      const isOne = ids.size === 1 && !ids.has(undefined) && (id === undefined || ids.has(id));
      if (!isOne) problems.push(`${input.idempotencyKey} made ${[...ids, id].join(' and ')}`);
      if (shown.length > (id === undefined ? 1 : 0))
        problems.push(`${input.idempotencyKey} showed a secret again`);
    }
    return problems;
  }

  /** @returns undefined when the connection broke before the answer came. */
  private async told<Data>(change: Promise<Data>): Promise<Data | undefined> {
    try {
      const data = await change;
      this.acknowledged += 1;
      return data;
    } catch (error) {
      // What `fetch` says of a connection; anything else is an answer that should not have been.
      if (!(error instanceof TypeError)) throw error;
      this.unanswered += 1;
      return undefined;
    }
  }

  /** Everything that is not as it was answered. What is found of an unanswered request has to stay so. */
  async broken(admin: Caller): Promise<string[]> {
    const problems: string[] = [];
    for (let done = 0; done < this.entries.length; done += 20) {
      const some = this.entries.slice(done, done + 20).map((entry) => problemsOf(entry, admin));
      problems.push(...(await Promise.all(some)).flat());
    }
    return problems;
  }
}

async function problemsOf(entry: Entry, admin: Caller): Promise<string[]> {
  const { credential } = await admin.run<
    { credential: { name: string; status: string; secretHint: string } | null },
    { id: string }
  >('query ($id: ID!) { credential(id: $id) { name status secretHint } }', { id: entry.id });
  const accepted = await entry.accepted(admin.app);
  const revoked = credential?.status === 'REVOKED';
  const found = {
    'was shown and is not there': !credential,
    'lost its name': !entry.names.includes(credential?.name ?? ''),
    'was revoked and is not': entry.revoked === 'yes' && !revoked,
    'is revoked and nobody asked': entry.revoked === 'no' && revoked,
    'is revoked and accepted': revoked && accepted,
    'is live and refused': !revoked && !accepted,
  };
  entry.revoked = revoked ? 'yes' : 'no';
  entry.names = [credential?.name ?? ''];
  return Object.entries(found).flatMap(([problem, is]) => (is ? [`${entry.id} ${problem}`] : []));
}
