// The operations GraphiQL opens with: the first minute of the service, one tab a step.

export interface ExampleTab {
  readonly query: string;
  readonly variables?: string;
  readonly headers?: string;
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

export const exampleTabs: readonly ExampleTab[] = [
  {
    query: `# 1. Sign in as a Super Admin: fill in the variables below, then press play.
# The session is kept in a cookie that scripts cannot read, so that the next tabs are signed in.
mutation SignIn($email: String!, $password: String!) {
  signIn(input: { email: $email, password: $password }) {
    expiresAt
    viewer { account { name role } organization { name } }
    userErrors { code message field }
  }
}
`,
    variables: json({ email: 'admin@example.com', password: '' }),
  },
  {
    query: `# 2. Create a credential that may read conversations. Its secret is shown here and never again: copy it.
mutation CreateCredential($name: String!) {
  createCredential(input: { name: $name, scopes: [CONVERSATIONS] }) {
    credential { id name authenticationType status scopes { value } }
    secret {
      ... on OAuthClientSecret { clientId clientSecret }
      ... on ApiKeySecret { apiKey }
    }
    userErrors { code message field }
  }
}
`,
    variables: json({ name: 'Nightly export' }),
  },
  {
    query: `# 3. Get an access token, as a pipeline does: put the client id and secret into the variables.
mutation GetToken($clientId: ID!, $clientSecret: String!) {
  clientCredentialsToken(input: { clientId: $clientId, clientSecret: $clientSecret }) {
    accessToken
    tokenType
    expiresIn
    scopes { value }
  }
}
`,
    variables: json({ clientId: '', clientSecret: '' }),
  },
  {
    query: `# 4. Read conversations: put the access token, or an API key, after Bearer in the Headers tab below.
query ReadConversations($first: Int, $after: String) {
  conversations(first: $first, after: $after) {
    nodes { id createdTime route primaryDomain userId }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    variables: json({ first: 10 }),
    headers: json({ Authorization: 'Bearer ' }),
  },
  {
    query: `# 5. Who am I, and what may I read? For a session, an API key, or an access token.
query Viewer {
  viewer {
    organization { name }
    account { name role }
    credential { id name authenticationType }
    scopes { value title }
    tokenExpiresAt
  }
}
`,
  },
];
