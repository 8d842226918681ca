// A token by GraphQL: the same core as POST /oauth/v1/token.

import type { IssuedToken } from '../auth/access-token.ts';
import { authenticateClient } from '../auth/client-authentication.ts';
import { clientCredentialsToken } from '../auth/client-credentials.ts';
import { builder } from './builder.ts';
import { Scope, ScopeNameEnum } from './scope.ts';

const Token = builder.objectRef<IssuedToken>('Token').implement({
  description: 'An access token and what it opens, as RFC 6749 section 5.1 has it.',
  authScopes: { public: true },
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', {
      description: 'For the header Authorization, after Bearer.',
    }),
    tokenType: t.string({ description: 'Always Bearer.', resolve: () => 'Bearer' }),
    expiresIn: t.int({ description: 'Seconds that it lives.', resolve: (token) => token.expiresInSeconds }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it runs out, by the clock of the server.',
      resolve: (token) => token.expiresAt.toISOString(),
    }),
    scopes: t.expose('scopes', {
      type: [Scope],
      description: 'What it opens, as far as the credential still has it when it is used.',
    }),
  }),
});

const ClientCredentialsTokenInput = builder.inputType('ClientCredentialsTokenInput', {
  description: 'What an OAuth client proves itself with, and what it wants.',
  fields: (t) => ({
    clientId: t.id({ required: true, description: "The credential's id. API keys need no token." }),
    clientSecret: t.string({
      required: true,
      description: 'As createCredential showed it: it begins with lk_sec_.',
    }),
    scopes: t.field({
      type: [ScopeNameEnum],
      description: 'All that the credential has when absent. One that it does not have is INVALID_SCOPE.',
    }),
  }),
});

builder.mutationField('clientCredentialsToken', (t) =>
  t.field({
    type: Token,
    description:
      'The client credentials grant (RFC 6749 section 4.4), as at POST /oauth/v1/token. Id and secret that are not those of a live client are the error INVALID_CLIENT. At most one in a document.',
    authScopes: { public: true },
    extensions: { latchkey: { oncePerDocument: true } },
    args: { input: t.arg({ type: ClientCredentialsTokenInput, required: true }) },
    resolve: async (_root, { input }, { auth, noteProven, noteCounted }) => {
      const { clientId, clientSecret } = input;
      const client = await authenticateClient(auth, { clientId, clientSecret });
      noteProven({ organizationId: client.organizationId, credentialId: client.id });
      return clientCredentialsToken(auth, client, {
        scopes: input.scopes ?? undefined,
        onCounted: noteCounted,
      });
    },
  }),
);
