// Single keys that spare the mouse a way. They rest while something is typed or a dialog is open, and can be switched
// off for those whose software speaks in single keys (WCAG 2.1.4).

import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../parts/button.tsx';
import { Modal } from '../parts/modal.tsx';

const key = 'latchkey-shortcuts';
const ShortcutsDialog = createContext<() => void>(() => {});

/** Opens the list of shortcuts. */
export const useShortcutsDialog = (): (() => void) => use(ShortcutsDialog);

const list: readonly [keys: string, does: string][] = [
  ['n', 'New credential'],
  ['/', 'Search'],
  ['1', 'Credentials'],
  ['2', 'Accounts'],
  ['3', 'Audit'],
  ['4', 'Data explorer'],
  ['?', 'This list'],
];
const places: Record<string, string> = {
  n: '/credentials/new',
  1: '/credentials',
  2: '/accounts',
  3: '/audit',
  4: '/explorer',
};

export function ShortcutsProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const [on, setOn] = useState(() => localStorage.getItem(key) !== 'off');
  const [, navigate] = useLocation();
  const press = useCallback(
    (event: KeyboardEvent) => {
      if (!on || isForSomethingElse(event)) return;
      const place = places[event.key];
      if (place) navigate(place);
      else if (event.key === '/') focusSearch(event);
      else if (event.key === '?') setOpen(true);
    },
    [on, navigate],
  );
  useEffect(() => {
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [press]);
  const show = useMemo(() => () => setOpen(true), []);
  const turn = (next: boolean) => {
    setOn(next);
    localStorage.setItem(key, next ? 'on' : 'off');
  };
  return (
    <ShortcutsDialog value={show}>
      {children}
      <Modal open={open} title="Keyboard shortcuts" onClose={() => setOpen(false)}>
        <dl className="shortcuts">
          {list.map(([keys, does]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <label className="check">
          <input type="checkbox" checked={on} onChange={(event) => turn(event.target.checked)} />
          <span>Single-key shortcuts are on</span>
        </label>
        <div className="modal-actions">
          <Button variant="primary" onClick={() => setOpen(false)}>
            Close
          </Button>
        </div>
      </Modal>
    </ShortcutsDialog>
  );
}

function isForSomethingElse(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
    return true;
  const target = event.target as HTMLElement;
  // A form is not to be left by a key that misses its field.
  return target.closest('form, input, select, textarea, [role=dialog], [role=menu]') !== null;
}

function focusSearch(event: KeyboardEvent): void {
  const search = document.querySelector<HTMLInputElement>('input[type=search]');
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
}
