// One of a few values, as the browser and the system let people choose: on a phone with its own wheel.

import { useId } from 'react';

interface ChoiceProps<Value extends string> {
  label: string;
  /** `''` is any. */
  value: Value | '';
  any: string;
  options: readonly (readonly [value: Value, name: string])[];
  /** The options come later: the field is as wide without them as with them. */
  later?: boolean;
  onChange(value: Value | ''): void;
}

export function Choice<Value extends string>({
  label,
  value,
  any,
  options,
  later,
  onChange,
}: ChoiceProps<Value>) {
  const id = useId();
  return (
    <div className="choice" data-chosen={value !== '' || undefined}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        data-later={later}
        value={value}
        onChange={(event) => onChange(event.target.value as Value | '')}
      >
        <option value="">{any}</option>
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
