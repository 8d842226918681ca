// @node-oauth/oauth2-server at its best: on node:http, opaque tokens, the latest thousand of them in memory.

import { createServer } from 'node:http';
import OAuth2Server from '@node-oauth/oauth2-server';
import { onBody, sayListening, sendJson } from './listen.ts';

const { CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;
const kept = 1_000;

const client = { id: CLIENT_ID, grants: ['client_credentials'] };
const tokens = new Map<string, OAuth2Server.Token>();
const model: OAuth2Server.ClientCredentialsModel = {
  getClient: async (id, secret) => id === CLIENT_ID && secret === CLIENT_SECRET && client,
  getUserFromClient: async ({ id }) => ({ id }),
  async saveToken(token, owner, user) {
    const saved = { ...token, client: owner, user };
    tokens.set(saved.accessToken, saved);
    if (tokens.size > kept) tokens.delete(tokens.keys().next().value ?? '');
    return saved;
  },
  getAccessToken: async (accessToken) => tokens.get(accessToken),
};
const oauth = new OAuth2Server({ model });

const server = createServer((incoming, outgoing) =>
  onBody(incoming, async (body) => {
    const { method = '', headers } = incoming;
    const request = new OAuth2Server.Request({
      method,
      headers: headers as Record<string, string>,
      query: {},
      body: Object.fromEntries(new URLSearchParams(body.toString())),
    });
    const response = new OAuth2Server.Response();
    // The reply to an error is in the response already.
    await oauth.token(request, response).catch(() => {});
    sendJson(outgoing, response.status ?? 500, JSON.stringify(response.body));
  }),
);
server.listen(0, '127.0.0.1', () => sayListening(server));
