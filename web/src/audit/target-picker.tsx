// One credential, found by typing, as a filter of the trail.

import { Combobox } from '@base-ui/react/combobox';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { credentialListQuery, credentialQuery } from '../credentials/queries.ts';
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

export function TargetPicker({ target, onChange }: TargetPickerProps) {
  const [typed, setTyped] = useState('');
  const chosen = useQuery({ ...credentialQuery(target), enabled: target.startsWith('cred_') }).data;
  const value: Target | null = target ? { id: target, name: chosen?.name ?? target } : null;
  const search = useDeferredValue(typed === value?.name ? '' : typed.trim());
  const { data } = useQuery(
    credentialListQuery({
      first: 20,
      filter: { search: search || null, status: ['ACTIVE', 'SUSPENDED', 'REVOKED'] },
    }),
  );
  return (
    <Combobox.Root
      items={data?.nodes ?? []}
      filter={null}
      value={value}
      onValueChange={(next: Target | null) => onChange(next?.id ?? '')}
      onInputValueChange={setTyped}
      itemToStringLabel={(one: Target) => one.name}
      isItemEqualToValue={(one: Target, other: Target) => one.id === other.id}
    >
      <div className="choice target" data-chosen={target !== '' || undefined}>
        <Combobox.Input aria-label="Credential" placeholder="Any credential" className="target-input" />
        {value && (
          <Combobox.Clear className="icon-button" aria-label="Any credential">
            <Icon name="close" />
          </Combobox.Clear>
        )}
      </div>
      <Combobox.Portal>
        <Combobox.Positioner className="menu-place" sideOffset={4}>
          <Combobox.Popup className="menu combo-popup">
            <Combobox.Empty className="menu-empty">No credential has this in its name.</Combobox.Empty>
            <Combobox.List>
              {(one: Target) => (
                <Combobox.Item key={one.id} value={one} className="menu-item">
                  <span className="cut">{one.name}</span>
                  <Combobox.ItemIndicator className="menu-tick">
                    <Icon name="check" />
                  </Combobox.ItemIndicator>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
