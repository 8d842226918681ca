import { Button } from './button.tsx';

interface MoreProps {
  total: string;
  shown: number;
  /** Absent when all is shown. */
  onMore: (() => void) | undefined;
  pending: boolean;
}

/** The end of a list that grows. */
export function More({ total, shown, onMore, pending }: MoreProps) {
  return (
    <div className="pager">
      <span className="quiet">{onMore ? `${shown.toLocaleString()} of ${total}` : total}</span>
      {onMore && (
        <Button small pending={pending} onClick={onMore}>
          {pending ? 'Loading…' : 'Show more'}
        </Button>
      )}
    </div>
  );
}
