// What stands around every page: the mark, the ways to the pages, and who is signed in.

import type { ReactNode } from 'react';
import { Link, useRoute } from 'wouter';
import { Icon, type IconName } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { useSession } from '../session/session-store.ts';
import { AccountMenu } from './account-menu.tsx';
import { ShortcutsProvider } from './shortcuts.tsx';

export function Shell({ children }: { children: ReactNode }) {
  const { viewer } = useSession();
  return (
    <ShortcutsProvider>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <div className="shell">
        <header className="side">
          <Link href="/credentials" className="brand">
            <Mark />
            <span className="brand-words">
              <strong>Latchkey</strong>
              <span className="quiet">{viewer?.organization.name}</span>
            </span>
          </Link>
          <nav aria-label="Console" className="ways">
            <Way href="/credentials" icon="key" below>
              Credentials
            </Way>
            <Way href="/accounts" icon="people">
              Accounts
            </Way>
            <Way href="/audit" icon="list">
              Audit
            </Way>
            <Way href="/explorer" icon="chart" below>
              Data explorer
            </Way>
          </nav>
          <AccountMenu />
        </header>
        <main className="content" id="content" tabIndex={-1}>
          {children}
        </main>
      </div>
    </ShortcutsProvider>
  );
}

interface WayProps {
  href: string;
  icon: IconName;
  /** Current on the pages below it too. */
  below?: boolean;
  children: ReactNode;
}

function Way({ href, icon, below = false, children }: WayProps) {
  const [here] = useRoute(below ? `${href}/*?` : href);
  return (
    <Link href={href} className="way" aria-current={here ? 'page' : undefined}>
      <Icon name={icon} />
      <span>{children}</span>
    </Link>
  );
}
