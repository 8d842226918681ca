// Sending a form. One submission at a time, however often the button is pressed; a failure leaves the form as it is.

import { useRef, useState } from 'react';
import type { ProblemFragment } from '../../operations/documents.ts';
import { type ApiError, apiErrorOf } from './api-error.ts';

export interface Submission {
  readonly pending: boolean;
  /** The problem of each field, by the name it has in the input; `''` for the input as a whole. */
  readonly fieldErrors: Readonly<Record<string, string>>;
  /** The request itself failed. */
  readonly error: ApiError | undefined;
  /** Does nothing while a submission is under way. */
  submit(perform: () => Promise<readonly ProblemFragment[]>): Promise<void>;
  /** Forgets what was wrong with a field, because it is being corrected. */
  correct(field: string): void;
}

interface State {
  pending: boolean;
  fieldErrors: Record<string, string>;
  error: ApiError | undefined;
}

const idle: State = { pending: false, fieldErrors: {}, error: undefined };

/** `perform` sends, deals with success, and returns the userErrors of a refusal. */
export function useSubmit(): Submission {
  const [state, setState] = useState(idle);
  const running = useRef(false);
  return {
    ...state,
    async submit(perform) {
      if (running.current) return;
      running.current = true;
      setState({ ...idle, pending: true });
      try {
        setState({ ...idle, fieldErrors: byField(await perform()) });
      } catch (thrown) {
        setState({ ...idle, error: apiErrorOf(thrown) });
      } finally {
        running.current = false;
      }
    },
    correct(field) {
      setState((before) => {
        const { [field]: _gone, ...fieldErrors } = before.fieldErrors;
        return { ...before, fieldErrors, error: undefined };
      });
    },
  };
}

/** Paths begin with `input`; what hangs on a place in a list is told at the list. */
function byField(problems: readonly ProblemFragment[]): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { field, message } of problems) errors[field[1] ?? ''] ??= message;
  return errors;
}
