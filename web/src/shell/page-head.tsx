// The head of a page: where it is, its name, a line about it, and what can be done. Coming from another page, the focus
// moves to the name, so that keys and screen readers go on from there. The way up leads back to the page above as it was
// seen last, with its filters and its place.

import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
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
  const [path] = useLocation();
  const search = useSearch();
  useEffect(() => {
    seenLast.set(path, search && `?${search}`);
  }, [path, search]);
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
            <Link href={up.href + (seenLast.get(up.href) ?? '')}>{up.name}</Link>
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
/** The query of each path. */
const seenLast = new Map<string, string>();
