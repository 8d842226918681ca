// Setup > Credentials: every credential of the organisation, found by name, type, scope, status, or owner.

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CredentialListQuery } from '../../operations/documents.ts';
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
import { NoCredentials, NothingFound, NothingMore } from './empty-list.tsx';
import { isFiltered, isInside, useListState, variablesOf } from './list-state.ts';
import { type CredentialRow, credentialListQuery } from './queries.ts';
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
          <FoundCredentials query={query} list={list} onDelete={setDeleting} />
        </>
      )}
      <DeleteCredential credential={deleting} onClose={() => setDeleting(undefined)} />
    </div>
  );
}

interface FoundCredentialsProps {
  query: UseQueryResult<CredentialListQuery['credentials']>;
  list: ReturnType<typeof useListState>;
  onDelete(credential: CredentialRow): void;
}

function FoundCredentials({ query, list, onDelete }: FoundCredentialsProps) {
  const { data: page, isPlaceholderData: turning } = query;
  const trouble = query.error && <ListTrouble query={query} onClear={list.clear} />;
  if (!page) return trouble ?? <TableSkeleton />;
  if (page.nodes.length === 0 && !trouble) {
    return isInside(list.state) ? (
      <NothingMore onBegin={() => list.narrow({})} />
    ) : (
      <NothingFound onClear={list.clear} />
    );
  }
  const { hasPreviousPage, hasNextPage, startCursor, endCursor } = page.pageInfo;
  const turn = (to: { after: string } | { before: string }) => () => {
    list.turn(to);
    window.scrollTo(0, 0);
  };
  return (
    <>
      {trouble}
      <CredentialTable
        rows={page.nodes}
        state={list.state}
        busy={turning}
        onSort={(sort, direction) => list.narrow({ sort, direction })}
        onDelete={onDelete}
      />
      <Pager
        total={counted(page.totalCount, 'credential')}
        onPrevious={hasPreviousPage && startCursor && !turning ? turn({ before: startCursor }) : undefined}
        onNext={hasNextPage && endCursor && !turning ? turn({ after: endCursor }) : undefined}
      />
    </>
  );
}

/** What cannot be asked for, such as a cursor of another list in an edited address, is not asked for again. */
function ListTrouble({ query, onClear }: { query: FoundCredentialsProps['query']; onClear(): void }) {
  const error = apiErrorOf(query.error);
  const hopeless = error.code === 'BAD_USER_INPUT';
  return (
    <Trouble
      error={error}
      onRetry={hopeless ? onClear : () => void query.refetch()}
      retry={hopeless ? 'Begin anew' : undefined}
    />
  );
}

const preloadForm = () => void import('./new-credential-page.tsx');
