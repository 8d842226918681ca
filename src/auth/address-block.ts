// Who may be one sender among the addresses of a network: what limits of attempts count by, and who waits for whom.

import ipaddr from 'ipaddr.js';

/** Of IPv6: what a provider gives to one customer at least, who may take any address of it for each attempt (RFC 6177). */
const customerBits = 64;
const partBits = 16;

/**
 * An IPv4 address itself; of an IPv6 address its first bits, as text. Anything else stays as it is.
 * @param bits up to 64; absent: 64
 */
export function addressBlock(address: string, bits = customerBits): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const { parts } = ipaddr.IPv6.parse(address);
  const shown = parts.slice(0, Math.ceil(bits / partBits)).map((part, i) => {
    const unused = Math.max(0, (i + 1) * partBits - bits);
    return ((part >> unused) << unused).toString(16);
  });
  return `${shown.join(':')}::/${bits}`;
}
