// Next and previous, as cursors allow. The counts say how many there are, never which page this is: a cursor is a place.

import type { PageEndsFragment } from '../../operations/documents.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import type { Place } from './place.ts';

interface PagerProps {
  total: string;
  /** Otherwise it is only read out: eyes see that there is nothing. */
  shown: boolean;
  page: PageEndsFragment;
  /** Another page is on its way. */
  turning: boolean;
  onTurn(to: Partial<Place>): void;
}

export function Pager({ total, shown, page, turning, onTurn }: PagerProps) {
  const { hasPreviousPage, hasNextPage, startCursor, endCursor } = page;
  // Not disabled meanwhile: the focus would be lost.
  const turn = (to: Partial<Place>) => () => {
    if (turning) return;
    onTurn(to);
    window.scrollTo(0, 0);
  };
  return (
    <nav className={shown ? 'pager' : 'unseen'} aria-label="Pages">
      <span className="quiet" role="status">
        {total}
      </span>
      {shown && (hasPreviousPage || hasNextPage) && (
        <span className="pager-buttons">
          <Button
            small
            disabled={!hasPreviousPage}
            pending={turning}
            onClick={turn({ before: startCursor ?? '' })}
          >
            <Icon name="left" />
            Previous
          </Button>
          <Button small disabled={!hasNextPage} pending={turning} onClick={turn({ after: endCursor ?? '' })}>
            Next
            <Icon name="right" />
          </Button>
        </span>
      )}
    </nav>
  );
}
