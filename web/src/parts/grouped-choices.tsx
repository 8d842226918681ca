// What a combobox found, in named groups, with a tick at the one that is chosen.

import { Combobox } from '@base-ui/react/combobox';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';

export interface ChoiceGroup<One> {
  name: string;
  items: readonly One[];
}

interface GroupedChoicesProps<One> {
  /** Said when nothing was found. */
  empty: string;
  /** How one of them is shown. */
  children(one: One): ReactNode;
}

/** Inside a `Combobox.Root` whose items are groups. */
export function GroupedChoices<One extends { id: string }>({ empty, children }: GroupedChoicesProps<One>) {
  return (
    <Combobox.Portal>
      <Combobox.Positioner className="menu-place" sideOffset={4}>
        <Combobox.Popup className="menu combo-popup">
          <Combobox.Empty className="menu-empty">{empty}</Combobox.Empty>
          <Combobox.List>
            {(group: ChoiceGroup<One>) => (
              <Combobox.Group key={group.name} items={group.items}>
                <Combobox.GroupLabel className="menu-label">{group.name}</Combobox.GroupLabel>
                <Combobox.Collection>
                  {(one: One) => (
                    <Combobox.Item key={one.id} value={one} className="menu-item">
                      {children(one)}
                      <Combobox.ItemIndicator className="menu-tick">
                        <Icon name="check" />
                      </Combobox.ItemIndicator>
                    </Combobox.Item>
                  )}
                </Combobox.Collection>
              </Combobox.Group>
            )}
          </Combobox.List>
        </Combobox.Popup>
      </Combobox.Positioner>
    </Combobox.Portal>
  );
}
