// The three commands that a first start prints: pasted one after the other into a shell, they create a credential, get
// a token with it, and read conversations. They need curl and sed, which every shell has.

const graphql = (url: string, options: string, query: string, variables?: object) =>
  `curl -sw '\\n' ${url}/graphql ${options}-H 'Content-Type: application/json' -d '${JSON.stringify({ query, variables }).replaceAll("'", "'\\''")}'`;

/** @returns shell text; the values of each command go to the next in shell variables. */
export function firstCommands(url: string, email: string, password: string): string {
  const signIn = graphql(
    url,
    '',
    'mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { message } } }',
    { input: { email, password, transport: 'BEARER' } },
  );
  const create = graphql(
    url,
    '-H "Authorization: Bearer $SESSION" ',
    'mutation ($input: CreateCredentialInput!) { createCredential(input: $input) { secret { ... on OAuthClientSecret { clientId clientSecret } } userErrors { message } } }',
    { input: { name: 'First pipeline', scopes: ['CONVERSATIONS'] } },
  );
  const session = `sed -E 's/.*"sessionToken":"([^"]+)".*/\\1/'`;
  const pair = `sed -E 's/.*"clientId":"([^"]+)","clientSecret":"([^"]+)".*/\\1:\\2/'`;
  const token = `sed -E 's/.*"access_token":"([^"]+)".*/\\1/'`;
  const read = graphql(
    url,
    '-H "Authorization: Bearer $TOKEN" ',
    '{ conversations(first: 3) { nodes { id createdTime route primaryDomain } } }',
  );
  return `
Paste these, one after the other, into another terminal:

# 1. Create a credential: sign in (the session is kept in $SESSION), then ask for an OAuth client.
SESSION=$(${signIn} | ${session}) && CREATED=$(${create}) && echo "$CREATED"

# 2. Get an access token with its client id and client secret.
TOKEN=$(curl -s ${url}/oauth/v1/token -u "$(echo "$CREATED" | ${pair})" -d grant_type=client_credentials | ${token}) && echo "$TOKEN"

# 3. Read conversations.
${read}
`;
}
