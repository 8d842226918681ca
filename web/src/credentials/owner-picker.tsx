// Whom a credential hangs on: found by typing, service accounts first. A service account can be made in place.

import { Combobox } from '@base-ui/react/combobox';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useId, useState } from 'react';
import { NewServiceAccount } from '../accounts/new-service-account.tsx';
import { type OwnerChoice, ownerChoicesQuery } from '../accounts/queries.ts';
import { Button } from '../parts/button.tsx';
import { GroupedChoices } from '../parts/grouped-choices.tsx';
import { Icon } from '../parts/icon.tsx';
import { FieldError } from '../parts/text-field.tsx';

interface OwnerPickerProps {
  owner: OwnerChoice | null;
  error?: string | undefined;
  onChange(owner: OwnerChoice | null): void;
}

export function OwnerPicker({ owner, error, onChange }: OwnerPickerProps) {
  const id = useId();
  const [typed, setTyped] = useState('');
  const [making, setMaking] = useState(false);
  // What stands in the field because it is chosen is not searched for.
  const search = useDeferredValue(typed === owner?.name ? '' : typed.trim());
  const { data } = useQuery(ownerChoicesQuery(search));
  const groups = [
    { name: 'Service accounts', items: data?.serviceAccounts.nodes ?? [] },
    { name: 'People', items: data?.people.nodes ?? [] },
  ].filter(({ items }) => items.length > 0);
  return (
    <div className="field">
      <label htmlFor={id} id={`${id}-label`}>
        Owner
      </label>
      <p className="hint" id={`${id}-hint`}>
        A credential stops working when its owner is deactivated or deleted. Service accounts do not leave, so
        choose one for anything that should outlast a person.
      </p>
      <Combobox.Root
        items={groups}
        filter={null}
        value={owner}
        onValueChange={onChange}
        onInputValueChange={setTyped}
        itemToStringLabel={(account: OwnerChoice) => account.name}
        isItemEqualToValue={(one: OwnerChoice, other: OwnerChoice) => one.id === other.id}
        autoHighlight
      >
        <div className="combo">
          <Combobox.Input
            id={id}
            className="input"
            placeholder="Choose an account"
            aria-labelledby={`${id}-label`}
            aria-invalid={error !== undefined || undefined}
            aria-describedby={`${id}-hint ${id}-error`}
          />
          <Combobox.Trigger className="combo-open" aria-label="Show accounts">
            <Icon name="more" />
          </Combobox.Trigger>
        </div>
        <GroupedChoices empty="No active account has this in its name.">
          {(account: OwnerChoice) => (
            <>
              <Icon name={account.kind === 'SERVICE_ACCOUNT' ? 'service' : 'person'} />
              <span className="cut">{account.name}</span>
              {account.email && <span className="quiet cut">{account.email}</span>}
            </>
          )}
        </GroupedChoices>
      </Combobox.Root>
      <FieldError id={`${id}-error`}>{error}</FieldError>
      <div className="owner-advice">
        {owner?.kind === 'PERSON' && (
          <p className="warning">If {owner.name} is deactivated one day, this credential stops at once.</p>
        )}
        <Button small onClick={() => setMaking(true)}>
          <Icon name="plus" />
          Create a service account
        </Button>
      </div>
      <NewServiceAccount open={making} onClose={() => setMaking(false)} onCreated={onChange} />
    </div>
  );
}
