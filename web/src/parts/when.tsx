// Instants in the browser's own language and time zone: how long ago, and exactly on hover.

import { useEffect, useState } from 'react';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export const exactly = (instant: string): string => exact.format(new Date(instant));

export function ago(instant: string, now: number): string {
  const seconds = (Date.parse(instant) - now) / 1000;
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? [undefined, 1];
  return unit === undefined ? 'just now' : relative.format(Math.round(seconds / size), unit);
}

/** How long ago, kept true while the page stays open. */
export function Ago({ at }: { at: string }) {
  const now = useMinute();
  return (
    <time dateTime={at} title={exactly(at)}>
      {ago(at, now)}
    </time>
  );
}

export const Exactly = ({ at }: { at: string }) => <time dateTime={at}>{exactly(at)}</time>;

export const Day = ({ at }: { at: string }) => (
  <time dateTime={at} title={exactly(at)}>
    {day.format(new Date(at))}
  </time>
);

function useMinute(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
