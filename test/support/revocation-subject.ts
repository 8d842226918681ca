// A credential that a trial of revocation is about: made, used in every way there is, and taken away, over HTTP.

import { type PlainReply, type PlainRequest, plainRequest } from './plain-http.ts';

/** Where trials are made, and as whom. */
export interface TrialGround {
  /** Of the instances. */
  urls: readonly string[];
  /** The session token of a Super Admin. */
  session: string;
  /** An API key of the same organisation, which asks introspection. */
  watcher: string;
}

/** What is taken away, and from which type of credential. */
export const trialKinds = [
  ['revoked', 'API key'],
  ['revoked', 'OAuth client'],
  ['narrowed', 'API key'],
  ['narrowed', 'OAuth client'],
  ['owner deactivated', 'API key'],
  ['owner deactivated', 'OAuth client'],
  ['reported as leaked', 'API key'],
  ['reported as leaked', 'OAuth client'],
  ['one token revoked', 'OAuth client'],
] as const;
export type TrialKind = (typeof trialKinds)[number];

/** One way of using the credential. */
export interface Use {
  name: string;
  request(): PlainRequest;
  /** @throws Error for a reply that neither accepts nor refuses */
  isAccepted(reply: PlainReply): boolean;
}

const lost = 'users:read';
const left = 'conversations:read';

export class Subject {
  readonly #ground: TrialGround;
  readonly #kind: TrialKind;
  readonly #id: string;
  readonly #ownerId: string;
  readonly #secret: string;
  /** What is presented: the key, or the latest token, so that one issued at the last moment is used as well. */
  #bearer: string;

  constructor(ground: TrialGround, kind: TrialKind, made: { id: string; ownerId: string; secret: string }) {
    this.#ground = ground;
    this.#kind = kind;
    this.#id = made.id;
    this.#ownerId = made.ownerId;
    this.#secret = made.secret;
    this.#bearer = made.secret;
  }

  /** A fresh credential of a fresh service account, with a token where it is an OAuth client. */
  static async make(ground: TrialGround, kind: TrialKind): Promise<Subject> {
    const url = ground.urls[0] ?? '';
    const change = (field: string, input: string, selection: string) =>
      changed(url, ground.session, field, input, selection);
    const account = 'kind: SERVICE_ACCOUNT, name: "Pipeline"';
    const { id: ownerId } = (await change('createAccount', account, 'account { id }')).account as {
      id: string;
    };
    const type = kind[1] === 'API key' ? 'API_KEY' : 'OAUTH2_CLIENT_CREDENTIALS';
    const { credential, secret } = await change(
      'createCredential',
      `name: "Tried", scopes: [USERS, CONVERSATIONS], ownerAccountId: "${ownerId}", authenticationType: ${type}`,
      'credential { id } secret { ... on ApiKeySecret { secret: apiKey } ... on OAuthClientSecret { secret: clientSecret } }',
    );
    const made = { ...(credential as { id: string }), ...(secret as { secret: string }), ownerId };
    const subject = new Subject(ground, kind, made);
    if (kind[1] === 'OAuth client') await subject.#takeToken(url, `${lost} ${left}`);
    return subject;
  }

  async #takeToken(url: string, scope: string): Promise<void> {
    const { request, isAccepted } = this.#tokenUse(scope);
    const reply = await plainRequest(url, request());
    if (!isAccepted(reply)) throw unexpected('a request for a token', reply);
  }

  /** All of which are refused once it is taken away. */
  uses(): Use[] {
    const get = (path: string): PlainRequest => ({
      method: 'GET',
      path,
      headers: [['Authorization', `Bearer ${this.#bearer}`]],
    });
    const asked = () =>
      form('/oauth/v1/introspect', `Bearer ${this.#ground.watcher}`, { token: this.#bearer });
    const uses = [
      useOf('GraphQL', () => graphql(this.#bearer, '{ users(first: 1) { nodes { id } } }')),
      useOf('the REST export', () => get('/export/v1/records/users?$top=1')),
      useOf('introspection', asked, lost),
    ];
    const [what, type] = this.#kind;
    return type === 'API key' || what === 'one token revoked' ? uses : [...uses, this.#tokenUse(lost)];
  }

  #tokenUse(scope: string): Use {
    const parameters = { grant_type: 'client_credentials', scope };
    const use = useOf('the token endpoint', () => form('/oauth/v1/token', this.#basic(), parameters));
    const isAccepted = (reply: PlainReply) => {
      const accepted = use.isAccepted(reply);
      if (accepted) this.#bearer = (JSON.parse(reply.body) as { access_token: string }).access_token;
      return accepted;
    };
    return { ...use, isAccepted };
  }

  #basic(): string {
    return `Basic ${btoa(`${this.#id}:${this.#secret}`)}`;
  }

  /** Takes away what its kind says. @throws Error unless that is answered with success */
  async takeAway(url: string, number: number): Promise<void> {
    const change = (field: string, input: string, payload: string) =>
      changed(url, this.#ground.session, field, input, payload);
    switch (this.#kind[0]) {
      case 'revoked':
        return void (await change('revokeCredential', `id: "${this.#id}"`, 'credential { id }'));
      case 'narrowed':
        return void (await change(
          'updateCredential',
          `id: "${this.#id}", scopes: [CONVERSATIONS]`,
          'credential { id }',
        ));
      case 'owner deactivated':
        return void (await change('deactivateAccount', `id: "${this.#ownerId}"`, 'account { id }'));
      case 'reported as leaked':
        return answered(url, leakReport(this.#secret, number), 202);
      case 'one token revoked':
        return answered(url, form('/oauth/v1/revoke', this.#basic(), { token: this.#bearer }), 200);
    }
  }

  /** @throws Error unless what was not taken away is accepted still */
  async checkRest(url: string): Promise<void> {
    const [what, type] = this.#kind;
    if (what !== 'one token revoked' && what !== 'narrowed') return;
    if (type === 'OAuth client') await this.#takeToken(url, left);
    await answered(url, graphql(this.#bearer, '{ conversations(first: 1) { nodes { id } } }'), 200);
  }
}

/** @param saying what a reply of 200 has to say before it counts as accepted */
function useOf(name: string, request: () => PlainRequest, saying = ''): Use {
  const isAccepted = (reply: PlainReply) => {
    if (reply.status === 200) return reply.body.includes(saying);
    if ([400, 401, 403].includes(reply.status)) return false;
    throw unexpected(name, reply);
  };
  return { name, request, isAccepted };
}

const unexpected = (what: string, { status, body }: PlainReply) =>
  new Error(`The reply to ${what} is ${status}: ${body.slice(0, 500)}`);

async function answered(url: string, request: PlainRequest, status: number): Promise<void> {
  const reply = await plainRequest(url, request);
  if (reply.status !== status) throw unexpected(request.path, reply);
}

/** The payload of a mutation that succeeds. */
async function changed(url: string, session: string, field: string, input: string, selection: string) {
  const query = `mutation { ${field}(input: { ${input} }) { ${selection} userErrors { code } } }`;
  const reply = await plainRequest(url, graphql(session, query));
  const payload = (JSON.parse(reply.body) as Changed).data?.[field];
  if (reply.status !== 200 || !payload || payload.userErrors.length > 0) throw unexpected(field, reply);
  return payload;
}

interface Changed {
  data?: Record<string, Record<string, unknown> & { userErrors: unknown[] }>;
}

const graphql = (bearer: string, query: string): PlainRequest => ({
  path: '/graphql',
  headers: [
    ['Content-Type', 'application/json'],
    ['Authorization', `Bearer ${bearer}`],
  ],
  body: JSON.stringify({ query }),
});

const form = (path: string, authorization: string, parameters: Record<string, string>): PlainRequest => ({
  path,
  headers: [
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Authorization', authorization],
  ],
  body: new URLSearchParams(parameters).toString(),
});

/** From an address of its own, where the instances trust who forwards: reports are counted by address. */
const leakReport = (secret: string, number: number): PlainRequest => ({
  path: '/credentials/v1/revoke-leaked',
  headers: [
    ['Content-Type', 'application/json'],
    ['X-Forwarded-For', `10.0.${Math.floor(number / 250) % 250}.${number % 250}`],
  ],
  body: JSON.stringify({ secret }),
});
