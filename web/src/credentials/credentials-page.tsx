// Setup > Credentials: every credential of the organisation, found by name, type, scope, status, or owner.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queryClient } from '../api/query-client.ts';
import { ButtonLink } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { PagedList } from '../parts/paged-list.tsx';
import { isInside } from '../parts/place.ts';
import { useSession } from '../session/session-store.ts';
import { PageHead } from '../shell/page-head.tsx';
import { CredentialFilters } from './credential-filters.tsx';
import { CredentialTable } from './credential-table.tsx';
import { DeleteCredential } from './delete-credential.tsx';
import { NoCredentials, NothingFound } from './empty-list.tsx';
import { isFiltered, useListState, variablesOf } from './list-state.ts';
import { type CredentialRow, catalogueQuery, credentialListQuery } from './queries.ts';
import { counted } from './words.ts';

export function CredentialsPage() {
  const organization = useSession().viewer?.organization.name;
  const list = useListState();
  const { state } = list;
  const query = useQuery(credentialListQuery(variablesOf(state)));
  const [deleting, setDeleting] = useState<CredentialRow>();
  const none = query.data?.nodes.length === 0 && !isFiltered(state) && !isInside(state);
  return (
    <div className="page">
      <PageHead
        title="Credentials"
        lead={`API keys and OAuth clients with which systems read ${organization}’s data.`}
      >
        <ButtonLink
          href="/credentials/new"
          variant="primary"
          onMouseEnter={preloadForm}
          onFocus={preloadForm}
        >
          <Icon name="plus" />
          New credential
        </ButtonLink>
      </PageHead>
      {none ? (
        <NoCredentials />
      ) : (
        <>
          <CredentialFilters state={state} onNarrow={list.narrow} />
          <PagedList
            query={query}
            place={state}
            total={(count) => counted(count, 'credential')}
            nothing={<NothingFound onClear={list.clear} />}
            onTurn={list.turn}
            onClear={list.clear}
          >
            {(rows, turning) => (
              <CredentialTable
                rows={rows}
                state={state}
                busy={turning}
                onSort={(sort, direction) => list.narrow({ sort, direction })}
                onDelete={setDeleting}
              />
            )}
          </PagedList>
        </>
      )}
      <DeleteCredential credential={deleting} onClose={() => setDeleting(undefined)} />
    </div>
  );
}

function preloadForm(): void {
  void import('./new-credential-page.tsx');
  void queryClient.prefetchQuery(catalogueQuery);
}
