import fc from 'fast-check';
import t from 'tap';
import { remoteNetworkOf } from '../../src/gateway/remote-network.ts';

t.test('an IPv4 address counts as itself, also where it comes in IPv6 dress', (t) => {
  t.equal(remoteNetworkOf('192.0.2.7'), '192.0.2.7');
  t.equal(remoteNetworkOf('::ffff:192.0.2.7'), '192.0.2.7');
  t.not(remoteNetworkOf('192.0.2.7'), remoteNetworkOf('192.0.2.8'));
  t.end();
});

t.test('IPv6 addresses count by their /64, in every spelling', (t) => {
  t.equal(remoteNetworkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  t.equal(remoteNetworkOf('2001:DB8:1:2::'), '2001:db8:1:2::/64');
  t.equal(remoteNetworkOf('2001:0db8:1:0002:ffff::1'), '2001:db8:1:2::/64');
  t.equal(remoteNetworkOf('2001:db8::1'), '2001:db8:0:0::/64');
  t.equal(remoteNetworkOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  t.equal(remoteNetworkOf('::1'), '0:0:0:0::/64');
  t.equal(remoteNetworkOf('64:ff9b::192.0.2.7'), '64:ff9b:0:0::/64');
  t.end();
});

t.test('two addresses share a network exactly when their first 64 bits are the same', async () => {
  const groups = fc.array(fc.constantFrom(0, 1, 0xdb8, 0xffff), { minLength: 8, maxLength: 8 });
  const spelt = (parts: readonly number[]): string =>
    new URL(`http://[${parts.map((part) => part.toString(16)).join(':')}]`).hostname.slice(1, -1);
  fc.assert(
    fc.property(groups, groups, (a, b) => {
      const same = a.slice(0, 4).join() === b.slice(0, 4).join();
      return (remoteNetworkOf(spelt(a)) === remoteNetworkOf(spelt(b))) === same;
    }),
  );
});
