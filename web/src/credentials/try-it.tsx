// Commands that work once the secret is filled in, for a query that the credential's scopes allow, and a look at the
// records themselves.

import { useState } from 'react';
import { Link } from 'wouter';
import type { ScopeName } from '../../operations/documents.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import type { CredentialDetails } from './queries.ts';
import { scopeTitles } from './words.ts';

/** A first query for each scope, which needs that scope and no other. */
const queries: Partial<Record<ScopeName, { query: string; resource: string }>> = {
  INTERACTIONS: {
    query: '{ interactions(first: 3) { nodes { id createdTime actor type detail { content } } } }',
    resource: 'interactions',
  },
  CONVERSATIONS: {
    query: '{ conversations(first: 3) { nodes { id createdTime route primaryDomain } } }',
    resource: 'conversations',
  },
  PLUGIN_CALLS: {
    query: '{ pluginCalls(first: 3) { nodes { id createdTime pluginName served used } } }',
    resource: 'plugin-calls',
  },
  PLUGIN_RESOURCES: {
    query: '{ pluginResources(first: 3) { nodes { id createdTime type resourceId cited } } }',
    resource: 'plugin-resources',
  },
  USERS: { query: '{ users(first: 3) { nodes { id firstName lastName emailAddr } } }', resource: 'users' },
};

export function TryIt({ credential }: { credential: CredentialDetails }) {
  const readable = credential.scopes.map(({ name }) => name).filter((name) => queries[name]);
  const [chosen, setChosen] = useState(readable[0]);
  const scope = chosen !== undefined && readable.includes(chosen) ? chosen : readable[0];
  const example = scope && queries[scope];
  if (!scope || !example) return <p className="quiet">It opens nothing of the Data API to try.</p>;
  const command = commandOf(credential, example.query);
  return (
    <div className="stack">
      <div className="try-head">
        <div className="choice">
          <label htmlFor="try-scope">Read</label>
          <select
            id="try-scope"
            value={scope}
            onChange={(event) => setChosen(event.target.value as ScopeName)}
          >
            {readable.map((name) => (
              <option key={name} value={name}>
                {scopeTitles[name]}
              </option>
            ))}
          </select>
        </div>
        <CopyButton text={command} what="the command" label="Copy" />
        <Link href={`/explorer/${example.resource}`}>See what it would read</Link>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, also by keys */}
      <section className="code" tabIndex={0} aria-label="Command">
        <pre>{command}</pre>
      </section>
      <p className="hint">
        {credential.clientId
          ? 'Needs curl and jq. Put the client secret into LATCHKEY_CLIENT_SECRET first.'
          : 'Needs curl. Put the key into LATCHKEY_API_KEY first.'}
      </p>
    </div>
  );
}

function commandOf({ clientId }: CredentialDetails, query: string): string {
  const { origin } = window.location;
  const bearer = clientId ? '$TOKEN' : '$LATCHKEY_API_KEY';
  const read = `curl '${origin}/graphql' \\
  -H "Authorization: Bearer ${bearer}" \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify({ query })}'`;
  if (!clientId) return read;
  return `TOKEN=$(curl -s '${origin}/oauth/v1/token' \\
  -u "${clientId}:$LATCHKEY_CLIENT_SECRET" \\
  -d grant_type=client_credentials | jq -r .access_token)

${read}`;
}
