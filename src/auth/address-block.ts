// Who may be one sender among the addresses of a network: what limits of attempts count by, and who waits for whom.

import ipaddr from 'ipaddr.js';

/** Of IPv6: what a provider gives to one customer, who may take any address of it for each attempt (RFC 6177). */
const customerBits = 64;
const siteBits = 48;
const partBits = 16;

/** An IPv4 address itself; of an IPv6 address its first 64 bits, as text. Anything else stays as it is. */
export const addressBlock = (address: string): string => blockOf(address, customerBits);

/** What a provider gives to one site at most, which has 65,536 blocks of 64 bits; of anything but IPv6 the address itself. */
export const siteBlock = (address: string): string => blockOf(address, siteBits);

function blockOf(address: string, bits: number): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const { parts } = ipaddr.IPv6.parse(address);
  const shown = parts.slice(0, bits / partBits).map((part) => part.toString(16));
  return `${shown.join(':')}::/${bits}`;
}
