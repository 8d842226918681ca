// The head of a page: where it is, its name, a line about it, and what can be done. Coming from another page, the focus
// moves to the name, so that keys and screen readers go on from there.

import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { usePageTitle } from './page-title.ts';

interface PageHeadProps {
  title: string;
  lead?: ReactNode;
  /** The page above. */
  up?: { href: string; name: string };
  children?: ReactNode;
}

export function PageHead({ title, lead, up, children }: PageHeadProps) {
  usePageTitle(title);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const { activeElement } = document;
    if (pagesSeen > 0 && (activeElement === document.body || activeElement?.closest('.side'))) {
      heading.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    pagesSeen += 1;
  }, []);
  return (
    <div className="page-head">
      <div className="page-name">
        {up && (
          <nav aria-label="Breadcrumb" className="crumbs">
            <Link href={up.href}>{up.name}</Link>
            <span aria-hidden="true">/</span>
          </nav>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead && <p className="lead">{lead}</p>}
      </div>
      {children && <div className="page-actions">{children}</div>}
    </div>
  );
}

let pagesSeen = 0;
