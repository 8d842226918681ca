import { type RefObject, useEffect } from 'react';

/** After a refusal the first field that is wrong gets the focus. */
export function useFocusOnFirstError(
  form: RefObject<HTMLFormElement | null>,
  errors: Readonly<Record<string, string>>,
): void {
  const count = Object.keys(errors).length;
  useEffect(() => {
    if (count > 0) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [form, count]);
}
