import { isIPv6 } from 'node:net';

/**
 * What a remote address counts as: an IPv4 address as itself, an IPv6 address as its /64, of which one peer may take
 * any address (RFC 4291 section 2.5.1).
 */
export function remoteNetworkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [unzoned = ''] = address.split('%');
  const [head = '', tail] = unzoned.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An embedded IPv4 part stands for two groups.
  const groups = before.length + after.length + (unzoned.includes('.') ? 1 : 0);
  const all = [...before, ...new Array<string>(Math.max(0, 8 - groups)).fill('0'), ...after];
  const network = all.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
