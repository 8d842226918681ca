// Where a list goes on: a signed $skiptoken in an absolute address that repeats the client's own options.

import type { ServerKeys } from '../../auth/server-keys.ts';
import { openPlace, type PlaceBinding, signPlace } from '../../auth/signed-place.ts';
import type { RowOrder, RowPlace } from '../../db/data/row-order.ts';
import { wrongOption } from './option-error.ts';
import { givenOptions, listOptions } from './options.ts';

/** What one page hands to the next. */
export interface Continuation {
  /** Of the last row of the page. */
  place: RowPlace;
  /** Rows still to come at most, where `$top` caps the whole result. */
  remaining?: number | undefined;
  /** The number that `$count` asked for: counted once, on the first page. */
  count?: number | undefined;
}

/** A skiptoken is good for one tenant, resource, and order. */
export const skiptokenBinding = (
  organizationId: string,
  resource: string,
  order: readonly RowOrder[],
): PlaceBinding => ({
  organizationId,
  list: `records/${resource}`,
  order: order.map(({ column, direction }) => `${column} ${direction}`).join(),
});

/** @throws AppError BAD_USER_INPUT for anything but a skiptoken made for this binding. */
export function openSkiptoken(keys: ServerKeys, binding: PlaceBinding, token: string): Continuation {
  const opened = openPlace(keys, binding, token);
  if (opened !== undefined) return JSON.parse(opened);
  throw wrongOption(
    '$skiptoken',
    'is not of this list and order. Follow @odata.nextLink as it came, or start without it.',
  );
}

export interface LinkSource {
  keys: ServerKeys;
  binding: PlaceBinding;
  /** Without a query. */
  address: string;
  /** As the client sent it. */
  query: URLSearchParams;
}

/** The address of the next page: whoever follows it sends the same options again. */
export function nextLink({ keys, binding, address, query }: LinkSource, continuation: Continuation): string {
  const options = givenOptions(query, listOptions);
  options.set('$skiptoken', signPlace(keys, binding, JSON.stringify(continuation)));
  return `${address}?${[...options].map(([name, value]) => `${name}=${encoded(value)}`).join('&')}`;
}

/** Quotes too, which some clients take for the end of the address. */
const encoded = (value: string) => encodeURIComponent(value).replaceAll("'", '%27');
