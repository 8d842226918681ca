// Errors in words: what happened, what to do, and the id under which the server's log has it.

import type { ReactNode } from 'react';
import type { ApiError } from '../api/api-error.ts';
import { Button } from './button.tsx';

/** Brought into view when it appears: the button that led to it may be a long way down. */
export function Alert({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <div className="alert" role="alert" id={id} ref={intoView}>
      {children}
    </div>
  );
}

const intoView = (alert: HTMLElement | null) => alert?.scrollIntoView({ block: 'center' });

interface TroubleProps {
  error: ApiError;
  onRetry(): void;
  /** On the button. */
  retry?: string | undefined;
  className?: string;
}

/** In place of what could not be read. */
export function Trouble({ error, onRetry, retry = 'Try again', className = '' }: TroubleProps) {
  return (
    <div className={`trouble ${className}`} role="alert">
      <p>{error.message}</p>
      {error.requestId && (
        <p className="quiet">
          Request <code>{error.requestId}</code>
        </p>
      )}
      <Button onClick={onRetry}>{retry}</Button>
    </div>
  );
}

interface SubmitTroubleProps {
  error: ApiError | undefined;
  /** What to do when the reply got lost, which does not say whether anything was done. */
  unanswered?: string;
}

/** Above a form that was not accepted. */
export function SubmitTrouble({
  error,
  unanswered = 'It may have done this all the same: look before you send it again.',
}: SubmitTroubleProps) {
  if (!error) return null;
  return (
    <Alert>
      {error.code === 'UNREACHABLE'
        ? `The server did not answer. Your entries are still here. ${unanswered}`
        : error.message}
      {error.requestId && (
        <span className="quiet">
          {' '}
          Request <code>{error.requestId}</code>
        </span>
      )}
    </Alert>
  );
}
