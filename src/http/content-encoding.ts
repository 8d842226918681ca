// Accept-Encoding: whether a client takes gzip or Brotli.

import { parseMediaType } from './media-type.ts';

/** Whether gzip is named, or all encodings are, with a quality above zero (RFC 9110 section 12.5.3). */
export const takesGzip = (acceptEncoding: string | undefined): boolean =>
  takes(acceptEncoding, ['gzip', 'x-gzip']);

/** The same for Brotli (RFC 7932). */
export const takesBrotli = (acceptEncoding: string | undefined): boolean => takes(acceptEncoding, ['br']);

function takes(acceptEncoding: string | undefined, encodings: readonly string[]): boolean {
  const ranges = (acceptEncoding ?? '').split(',').map(parseMediaType);
  const named = (names: readonly string[]) => ranges.find(({ type }) => names.includes(type));
  const range = named(encodings) ?? named(['*']);
  return range !== undefined && Number(range.parameters.get('q') ?? 1) > 0;
}
