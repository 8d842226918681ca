// Filters of a page, kept in its address, so that they survive a reload and can be sent to a colleague.

import { useSearchParams } from 'wouter';
import { beginning, type Place } from './place.ts';

/** The value of each named parameter, `''` where it is absent, and a way to change some of them. */
export function useAddressState<Name extends string>(
  names: readonly Name[],
): [Record<Name, string>, (change: Partial<Record<Name, string>>, how?: { replace: boolean }) => void] {
  const [parameters, setParameters] = useSearchParams();
  const values = Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? ''])) as Record<
    Name,
    string
  >;
  const change = (changed: Partial<Record<Name, string>>, how = { replace: true }) => {
    const next = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...values, ...changed })) {
      if (value) next.set(name, value as string);
    }
    setParameters(next, how);
  };
  return [values, change];
}

/** The filters of a list and the place in it. With another filter, the list begins at its beginning. */
export function useListAddress<Name extends string>(names: readonly Name[]) {
  const [address, change] = useAddressState<string>([...names, 'after', 'before']);
  return {
    address: address as Record<Name, string> & Place,
    narrow: (filters: Partial<Record<Name, string>>) => change({ ...filters, ...beginning }),
    turn: (to: Partial<Place>) => change({ ...beginning, ...to }, { replace: false }),
    clear: () => change({ ...Object.fromEntries(names.map((name) => [name, ''])), ...beginning }),
  };
}

/** The value when it is one of those known, otherwise `''`. */
export const known = <Value extends string>(value: string, names: Record<Value, unknown>): Value | '' =>
  Object.hasOwn(names, value) ? (value as Value) : '';
