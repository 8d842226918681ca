import { AccountChoice } from '../accounts/account-choice.tsx';
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
      <AccountChoice
        label="Owner"
        account={state.owner}
        among={() => true}
        onChange={(owner) => onNarrow({ owner })}
      />
    </search>
  );
}
