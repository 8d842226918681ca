// A day of the reader's own calendar, as a filter.

import { useId } from 'react';

interface DayFieldProps {
  label: string;
  /** As in 2026-01-31, or ''. */
  value: string;
  onChange(value: string): void;
}

export function DayField({ label, value, onChange }: DayFieldProps) {
  const id = useId();
  return (
    <div className="choice day" data-chosen={value !== '' || undefined}>
      <label htmlFor={id}>{label}</label>
      <input id={id} type="date" value={value} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}

/** The moment at which the day begins here; null for no day, and for what is none. */
export const startOf = (day: string): string | null => midnight(day, 0);

/** The moment at which it is over. */
export const endOf = (day: string): string | null => midnight(day, 1);

function midnight(day: string, daysLater: number): string | null {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  if (!year) return null;
  const at = new Date(Number(year), Number(month) - 1, Number(date) + daysLater);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
