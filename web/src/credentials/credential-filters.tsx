import { useQuery } from '@tanstack/react-query';
import { ownerChoicesQuery } from '../accounts/queries.ts';
import { Choice } from '../parts/choice.tsx';
import { SearchField } from '../parts/search-field.tsx';
import type { ListState } from './list-state.ts';
import { entriesOf, scopeTitles, statusNames, typeNames } from './words.ts';

interface CredentialFiltersProps {
  state: ListState;
  onNarrow(change: Partial<ListState>): void;
}

export function CredentialFilters({ state, onNarrow }: CredentialFiltersProps) {
  return (
    <search className="filters">
      <SearchField
        label="Search by name, id, or hint"
        value={state.search}
        onChange={(search) => onNarrow({ search })}
      />
      <Choice
        label="Type"
        any="Any"
        value={state.type}
        options={entriesOf(typeNames)}
        onChange={(type) => onNarrow({ type })}
      />
      <Choice
        label="Scope"
        any="Any"
        value={state.scope}
        options={entriesOf(scopeTitles)}
        onChange={(scope) => onNarrow({ scope })}
      />
      <Choice
        label="Status"
        any="Not deleted"
        value={state.status}
        options={entriesOf(statusNames)}
        onChange={(status) => onNarrow({ status })}
      />
      <OwnerChoice owner={state.owner} onChange={(owner) => onNarrow({ owner })} />
    </search>
  );
}

function OwnerChoice({ owner, onChange }: { owner: string; onChange(owner: string): void }) {
  const { data } = useQuery(ownerChoicesQuery(''));
  const accounts = [...(data?.serviceAccounts.nodes ?? []), ...(data?.people.nodes ?? [])];
  const options = accounts.map(({ id, name }) => [id, name] as const);
  const known = owner === '' || accounts.some(({ id }) => id === owner);
  return (
    <Choice
      label="Owner"
      any="Anybody"
      value={owner}
      options={known ? options : [...options, [owner, 'The chosen account']]}
      onChange={onChange}
    />
  );
}
