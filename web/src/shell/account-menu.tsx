// Who is signed in, their password, how the console looks, the API behind it, and the way out: behind one button, in the
// browser's own popover, which closes by Escape and by a press elsewhere and gives the focus back.

import { useRef, useState } from 'react';
import { Icon } from '../parts/icon.tsx';
import { useNotice } from '../parts/notice.tsx';
import { ChangePassword } from '../session/change-password.tsx';
import { useSession } from '../session/session-store.ts';
import { signOut } from '../session/sign-out.ts';
import { useShortcutsDialog } from './shortcuts.tsx';
import { applyTheme, chosenTheme, type Theme, themes } from './theme.ts';

const themeNames: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' };

export function AccountMenu() {
  const account = useSession().viewer?.account;
  const popover = useRef<HTMLDivElement>(null);
  const notify = useNotice();
  const [changing, setChanging] = useState(false);
  const showShortcuts = useShortcutsDialog();
  const leave = () =>
    signOut().catch((error: Error) => notify(`You are still signed in. ${error.message}`, 'problem'));
  const closing = (act: () => void) => () => {
    popover.current?.hidePopover();
    act();
  };
  return (
    <div className="who-place">
      <button type="button" className="who" popoverTarget="account">
        <span className="who-initial" aria-hidden="true">
          {account?.name.slice(0, 1).toUpperCase()}
        </span>
        <span className="who-words">
          <span className="cut">{account?.name}</span>
          <span className="quiet cut">{account?.email}</span>
        </span>
        <Icon name="more" />
      </button>
      <div id="account" popover="auto" className="menu who-menu" ref={popover}>
        <ThemeChoice />
        <hr />
        <button type="button" className="menu-item" onClick={closing(showShortcuts)}>
          Keyboard shortcuts
        </button>
        <a className="menu-item" href="/graphql">
          GraphiQL: the API itself
        </a>
        <hr />
        <button type="button" className="menu-item" onClick={closing(() => setChanging(true))}>
          Change password
        </button>
        <button type="button" className="menu-item" onClick={closing(() => void leave())}>
          Sign out
        </button>
      </div>
      <ChangePassword open={changing} onClose={() => setChanging(false)} />
    </div>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <fieldset className="segments">
      <legend className="menu-label">Appearance</legend>
      {themes.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="theme"
            checked={theme === one}
            onChange={() => {
              applyTheme(one);
              setTheme(one);
            }}
          />
          <span>{themeNames[one]}</span>
        </label>
      ))}
    </fieldset>
  );
}
