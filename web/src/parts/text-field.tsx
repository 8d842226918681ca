// Text with its label, advice, and error, tied together for those who hear the page.

import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type TextareaHTMLAttributes,
  useId,
} from 'react';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  value: string;
  onChange(value: string): void;
}

interface TextFieldProps extends FieldProps, Omit<InputHTMLAttributes<HTMLInputElement>, keyof FieldProps> {
  ref?: Ref<HTMLInputElement>;
}

/** A line of text. */
export function TextField({ label, hint, error, onChange, ...input }: TextFieldProps) {
  const field = useField({ label, hint, error });
  return field.around(
    <input {...input} {...field.attributes} onChange={(event) => onChange(event.target.value)} />,
  );
}

interface TextAreaProps
  extends FieldProps,
    Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, keyof FieldProps> {}

/** Lines of text, such as a key, in letters of one width. */
export function TextArea({ label, hint, error, onChange, ...area }: TextAreaProps) {
  const field = useField({ label, hint, error });
  return field.around(
    <textarea {...area} {...field.attributes} onChange={(event) => onChange(event.target.value)} />,
  );
}

function useField({ label, hint, error }: Pick<FieldProps, 'label' | 'hint' | 'error'>) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return {
    attributes: {
      id,
      className: 'input',
      'aria-invalid': error !== undefined || undefined,
      'aria-describedby': described || undefined,
    },
    around: (input: ReactNode) => (
      <div className="field">
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p className="hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
        {input}
        <FieldError id={`${id}-error`}>{error}</FieldError>
      </div>
    ),
  };
}

/** Read out when it appears. */
export function FieldError({ id, children }: { id: string; children: string | undefined }) {
  return (
    <p className="field-error" id={id} aria-live="polite">
      {children}
    </p>
  );
}
