import t from 'tap';
import { HourlyRate } from '../../src/core/hourly-rate.ts';

const MINUTE = 60_000;

t.test('so many in any hour, each key for itself; what is told to wait is enough', async (t) => {
  const rate = new HourlyRate(3);
  for (const minute of [0, 10, 20]) t.equal(rate.take('a', minute * MINUTE), 0);
  t.equal(rate.take('a', 30 * MINUTE), 30 * MINUTE);
  t.equal(rate.take('b', 30 * MINUTE), 0);
  t.equal(rate.take('a', 60 * MINUTE - 1), 1);
  t.equal(rate.take('a', 60 * MINUTE), 0, 'a refusal does not count');
  t.equal(rate.take('a', 60 * MINUTE), 10 * MINUTE, 'the window slides');
});

t.test('of more keys than it remembers the one not heard of for longest is forgotten', async (t) => {
  const rate = new HourlyRate(1);
  for (let i = 0; i < 10_000; i++) rate.take(`key-${i}`, i);
  t.not(rate.take('key-0', 10_000), 0);
  rate.take('one-more', 10_001);
  t.equal(rate.take('key-0', 10_002), 0);
  t.not(rate.take('key-2', 10_003), 0);
});
