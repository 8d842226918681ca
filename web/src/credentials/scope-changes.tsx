// Before and after of the scopes, and what it means for whoever uses the credential now.

import { ScopeChips } from '../parts/scope-chips.tsx';
import type { CredentialDetails } from './queries.ts';

type Scopes = readonly Pick<CredentialDetails['scopes'][number], 'name' | 'title'>[];

interface ScopeChangesProps {
  before: CredentialDetails;
  removed: Scopes;
  added: Scopes;
}

export function ScopeChanges({ before, removed, added }: ScopeChangesProps) {
  const gone = new Set(removed.map(({ name }) => name));
  const after = [...before.scopes.filter(({ name }) => !gone.has(name)), ...added];
  return (
    <section className="changes" aria-label="What changes">
      <dl className="facts">
        <dt>Before</dt>
        <dd>
          <ScopeChips scopes={before.scopes} label="Scopes before" />
        </dd>
        <dt>After</dt>
        <dd>{after.length > 0 ? <ScopeChips scopes={after} label="Scopes after" /> : <em>None yet</em>}</dd>
      </dl>
      {removed.length > 0 && (
        <p className="warning">Requests using {listed(removed)} will be refused at once.</p>
      )}
      {added.length > 0 && (
        <p className="quiet">
          {before.authenticationType === 'API_KEY'
            ? `Requests may use ${listed(added)} at once.`
            : `New access tokens may use ${listed(added)}. Tokens already issued do not gain anything.`}
        </p>
      )}
    </section>
  );
}

const listed = (scopes: Scopes): string =>
  new Intl.ListFormat('en', { type: 'conjunction' }).format(scopes.map(({ title }) => title));
