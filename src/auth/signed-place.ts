// A place in a list as a client carries it from page to page: readable, but signed, and good for one tenant, one list,
// and one order only. Elsewhere it is refused like a forged one.

import { sameText } from './secret.ts';
import { everyKeys, keyedDigest, type ServerKeys } from './server-keys.ts';

/** What a signed place is good for. */
export interface PlaceBinding {
  organizationId: string;
  list: string;
  order: string;
}

const macLength = 22;
const longest = 16_384;

/** The signature, then what is signed; base64url, in its one canonical spelling. */
export function signPlace(
  keys: ServerKeys,
  { organizationId, list, order }: PlaceBinding,
  place: string,
): string {
  const mac = keyedDigest(keys.cursor, organizationId, list, order, place)
    .toString('base64url')
    .slice(0, macLength);
  return mac + Buffer.from(place).toString('base64url');
}

/** What was signed, or undefined for anything but a text that `signPlace` made for this binding. */
export function openPlace(keys: ServerKeys, binding: PlaceBinding, text: string): string | undefined {
  if (text.length > longest) return undefined;
  const place = Buffer.from(text.slice(macLength), 'base64url').toString('utf8');
  const isOurs = everyKeys(keys).some((one) => sameText(text, signPlace(one, binding, place)));
  return isOurs ? place : undefined;
}
