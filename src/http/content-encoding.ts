// Accept-Encoding: whether a client takes gzip.

import { parseMediaType } from './media-type.ts';

/** Whether gzip is named, or all encodings are, with a quality above zero (RFC 9110 section 12.5.3). */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  const ranges = (acceptEncoding ?? '').split(',').map(parseMediaType);
  const named = (names: string[]) => ranges.find(({ type }) => names.includes(type));
  const range = named(['gzip', 'x-gzip']) ?? named(['*']);
  return range !== undefined && Number(range.parameters.get('q') ?? 1) > 0;
}
