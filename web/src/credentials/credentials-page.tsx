// Setup > Credentials: every credential of the organisation, found by name, type, scope, status, or owner.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiErrorOf } from '../api/api-error.ts';
import { ButtonLink } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Pager } from '../parts/pager.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { useSession } from '../session/session-store.ts';
import { PageHead } from '../shell/page-head.tsx';
import { CredentialFilters } from './credential-filters.tsx';
import { CredentialTable, TableSkeleton } from './credential-table.tsx';
import { DeleteCredential } from './delete-credential.tsx';
import { NoCredentials, NothingFound } from './empty-list.tsx';
import { isFiltered, useListState, variablesOf } from './list-state.ts';
import { type CredentialRow, credentialListQuery } from './queries.ts';
import { counted } from './words.ts';

export function CredentialsPage() {
  const organization = useSession().viewer?.organization.name;
  const list = useListState();
  const { state } = list;
  const query = useQuery(credentialListQuery(variablesOf(state)));
  const [deleting, setDeleting] = useState<CredentialRow>();
  const page = query.data;
  const atStart = !state.after && !state.before;
  const empty = page?.nodes.length === 0 && atStart;
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
      {empty && !isFiltered(state) ? (
        <NoCredentials />
      ) : (
        <>
          <CredentialFilters state={state} onNarrow={list.narrow} />
          {query.error && !page ? (
            <Trouble error={apiErrorOf(query.error)} onRetry={() => void query.refetch()} />
          ) : !page ? (
            <TableSkeleton />
          ) : empty ? (
            <NothingFound onClear={list.clear} />
          ) : (
            <>
              {query.error && (
                <Trouble error={apiErrorOf(query.error)} onRetry={() => void query.refetch()} />
              )}
              <CredentialTable
                rows={page.nodes}
                state={state}
                busy={query.isPlaceholderData}
                onSort={(sort, direction) => list.narrow({ sort, direction })}
                onDelete={setDeleting}
              />
              <Pager
                total={counted(page.totalCount, 'credential')}
                onPrevious={turnTo('before', page.pageInfo.hasPreviousPage, page.pageInfo.startCursor)}
                onNext={turnTo('after', page.pageInfo.hasNextPage, page.pageInfo.endCursor)}
              />
            </>
          )}
        </>
      )}
      <DeleteCredential credential={deleting} onClose={() => setDeleting(undefined)} />
    </div>
  );

  function turnTo(side: 'after' | 'before', there: boolean, cursor: string | null | undefined) {
    if (!there || !cursor || query.isPlaceholderData) return undefined;
    return () => {
      list.turn(side === 'after' ? { after: cursor } : { before: cursor });
      window.scrollTo(0, 0);
    };
  }
}

const preloadForm = () => void import('./new-credential-page.tsx');
