// Next and previous, as cursors allow. The counts say how many there are, never which page this is: a cursor is a place.

import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

interface PagerProps {
  total: string;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}

export function Pager({ total, onPrevious, onNext }: PagerProps) {
  return (
    <nav className="pager" aria-label="Pages">
      <span className="quiet">{total}</span>
      <span className="pager-buttons">
        <Button small disabled={!onPrevious} onClick={onPrevious}>
          <Icon name="left" />
          Previous
        </Button>
        <Button small disabled={!onNext} onClick={onNext}>
          Next
          <Icon name="right" />
        </Button>
      </span>
    </nav>
  );
}
