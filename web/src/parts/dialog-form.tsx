// The form of a dialog: what went wrong at its head, the focus on the first field that is wrong, and at its end a way out
// and one button that does it.

import { type ReactNode, useRef } from 'react';
import type { ProblemFragment } from '../../operations/documents.ts';
import type { Submission } from '../api/use-submit.ts';
import { Button } from './button.tsx';
import { useFocusOnFirstError } from './first-error.ts';
import { SubmitTrouble } from './trouble.tsx';

interface DialogFormProps {
  submission: Submission;
  /** Sends, deals with success, and returns the userErrors of a refusal. */
  perform: () => Promise<readonly ProblemFragment[]>;
  /** Whether there is enough to send. */
  ready?: boolean;
  /** What the button does. */
  label: string;
  /** What it says meanwhile. */
  pendingLabel: string;
  /** The way out; absent: Cancel. */
  closeLabel?: string;
  /** What it does cannot be undone. */
  danger?: boolean;
  onClose(): void;
  children: ReactNode;
}

export function DialogForm(props: DialogFormProps) {
  const { submission, perform, ready = true, onClose, children } = props;
  const { label, pendingLabel, closeLabel = 'Cancel', danger = false } = props;
  const form = useRef<HTMLFormElement>(null);
  useFocusOnFirstError(form, submission.fieldErrors);
  return (
    <form
      className="stack"
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // To React, a dialog that a form opens is inside of that form.
        event.stopPropagation();
        if (ready) void submission.submit(perform);
      }}
    >
      <SubmitTrouble error={submission.error} />
      {children}
      <div className="modal-actions">
        <Button onClick={onClose}>{closeLabel}</Button>
        <Button
          type="submit"
          variant={danger ? 'danger' : 'primary'}
          disabled={!ready}
          pending={submission.pending}
        >
          {submission.pending ? pendingLabel : label}
        </Button>
      </div>
    </form>
  );
}
