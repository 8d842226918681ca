// A token by GraphQL: the same core as POST /oauth/v1/token.

import type { IssuedToken } from '../auth/access-token.ts';
import { authenticateClient } from '../auth/client-authentication.ts';
import { clientCredentialsToken } from '../auth/client-credentials.ts';
import { builder } from './builder.ts';
import { Scope, ScopeNameEnum } from './scope.ts';

const Token = builder.objectRef<IssuedToken>('Token').implement({
  authScopes: { public: true },
  fields: (t) => ({
    accessToken: t.exposeString('accessToken'),
    tokenType: t.string({ resolve: () => 'Bearer' }),
    expiresIn: t.int({ description: 'Seconds.', resolve: (token) => token.expiresInSeconds }),
    expiresAt: t.field({ type: 'DateTime', resolve: (token) => token.expiresAt.toISOString() }),
    scopes: t.expose('scopes', { type: [Scope] }),
  }),
});

const ClientCredentialsTokenInput = builder.inputType('ClientCredentialsTokenInput', {
  fields: (t) => ({
    clientId: t.id({ required: true }),
    clientSecret: t.string({ required: true }),
    scopes: t.field({ type: [ScopeNameEnum], description: 'All that the credential has when absent.' }),
  }),
});

builder.mutationField('clientCredentialsToken', (t) =>
  t.field({
    type: Token,
    description: 'The client credentials grant (RFC 6749 section 4.4). At most one in a document.',
    authScopes: { public: true },
    extensions: { latchkey: { oncePerDocument: true } },
    args: { input: t.arg({ type: ClientCredentialsTokenInput, required: true }) },
    resolve: async (_root, { input }, { auth }) => {
      const { clientId, clientSecret } = input;
      const client = await authenticateClient(auth, { clientId, clientSecret });
      return clientCredentialsToken(auth, client, { scopes: input.scopes ?? undefined });
    },
  }),
);
