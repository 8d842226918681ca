// What was done to one credential or one account, found by typing, as a filter of the trail.

import { Combobox } from '@base-ui/react/combobox';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useId, useState } from 'react';
import { allAccountsQuery } from '../accounts/queries.ts';
import { credentialListQuery, credentialQuery } from '../credentials/queries.ts';
import { type ChoiceGroup, GroupedChoices } from '../parts/grouped-choices.tsx';
import { Icon } from '../parts/icon.tsx';

interface Target {
  id: string;
  name: string;
}

interface TargetPickerProps {
  /** An id, or ''. */
  target: string;
  onChange(target: string): void;
}

const mostShown = 20;

export function TargetPicker({ target, onChange }: TargetPickerProps) {
  const id = useId();
  const [typed, setTyped] = useState('');
  const accounts = useQuery(allAccountsQuery).data ?? [];
  const credential = useQuery({ ...credentialQuery(target), enabled: target.startsWith('cred_') }).data;
  const chosen = credential ?? accounts.find((account) => account.id === target);
  const value: Target | null = target ? { id: target, name: chosen?.name ?? target } : null;
  const search = useDeferredValue(typed === value?.name ? '' : typed.trim());
  const { data: credentials } = useQuery(
    credentialListQuery({
      first: mostShown,
      filter: { search: search || null, status: ['ACTIVE', 'SUSPENDED', 'REVOKED'] },
    }),
  );
  const isFound = ({ name }: Target) => name.toLocaleLowerCase().includes(search.toLocaleLowerCase());
  const groups: ChoiceGroup<Target>[] = [
    { name: 'Credentials', items: credentials?.nodes ?? [] },
    { name: 'Accounts', items: accounts.filter(isFound).slice(0, mostShown) },
  ].filter(({ items }) => items.length > 0);
  return (
    <Combobox.Root
      items={groups}
      filter={null}
      value={value}
      onValueChange={(next: Target | null) => onChange(next?.id ?? '')}
      onInputValueChange={setTyped}
      itemToStringLabel={(one: Target) => one.name}
      isItemEqualToValue={(one: Target, other: Target) => one.id === other.id}
    >
      <div className="choice target" data-chosen={target !== '' || undefined}>
        <label htmlFor={id} id={`${id}-label`}>
          About
        </label>
        <Combobox.Input
          id={id}
          aria-labelledby={`${id}-label`}
          placeholder="Any credential or account"
          className="target-input"
        />
        {value && (
          <Combobox.Clear className="icon-button" aria-label="Any credential or account">
            <Icon name="close" />
          </Combobox.Clear>
        )}
      </div>
      <GroupedChoices empty="No credential and no account has this in its name.">
        {(one: Target) => <span className="cut">{one.name}</span>}
      </GroupedChoices>
    </Combobox.Root>
  );
}
