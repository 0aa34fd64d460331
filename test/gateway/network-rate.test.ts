import t from 'tap';
import { NetworkRate } from '../../src/gateway/network-rate.ts';

t.test("a network has a minute's worth at once, then as it fills up; others are not touched", async (t) => {
  const rate = new NetworkRate(60);
  for (let i = 0; i < 60; i++) t.equal(rate.take('10.0.0.1', 0), 0);
  t.equal(rate.take('10.0.0.1', 0), 1);
  t.equal(rate.take('::ffff:10.0.0.1', 0), 1, 'the same address, written otherwise');
  t.equal(rate.take('10.0.0.2', 0), 0);
  t.equal(rate.take('10.0.0.1', 999), 1);
  t.equal(rate.take('10.0.0.1', 1_000), 0, 'what it was told to wait is enough');
  t.equal(rate.take('10.0.0.1', 1_000), 1);
  for (let i = 0; i < 60; i++) t.equal(rate.take('10.0.0.1', 1e9), 0, 'never more than a minute fills');
  t.equal(rate.take('10.0.0.1', 1e9), 1);
});

t.test('addresses of one /64 count as one', async (t) => {
  const rate = new NetworkRate(1);
  t.equal(rate.take('2001:db8::1', 0), 0);
  t.equal(rate.take('2001:db8::ffff:2', 0), 60);
  t.equal(rate.take('2001:db8:0:1::1', 0), 0);
});

t.test('no more than 10,000 networks are remembered, the quiet ones are forgotten', async (t) => {
  const rate = new NetworkRate(1);
  rate.take('10.0.0.1', 0);
  for (let i = 0; i < 10_000; i++) rate.take(`11.0.${i >> 8}.${i & 255}`, 0);
  t.equal(rate.take('10.0.0.1', 0), 0, 'forgotten');
  t.equal(rate.take('11.0.39.15', 0), 60, 'remembered');
});
