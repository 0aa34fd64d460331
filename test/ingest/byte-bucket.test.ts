import fc from 'fast-check';
import t from 'tap';
import { ByteBucket } from '../../src/ingest/byte-bucket.ts';
import {
  DEVICE_BURST_BYTES,
  DEVICE_BYTES_PER_SECOND,
  LEAST_MESSAGE_BYTES,
  MAX_DEVICE_MESSAGE_BYTES,
} from '../../src/protocol/limits.ts';

const second = fc.record({
  messages: fc.integer({ min: 0, max: 80 }),
  bytes: fc.integer({ min: 1, max: MAX_DEVICE_MESSAGE_BYTES }),
});

t.test('who stops when it is told takes no more than the burst and the rate', (t) => {
  fc.assert(
    fc.property(fc.array(second, { maxLength: 60 }), (seconds) => {
      const bucket = new ByteBucket(0);
      let taken = 0;
      let reading = true;
      for (const [index, { messages, bytes }] of seconds.entries()) {
        for (let tick = 1; tick <= 10; tick++) {
          const at = index * 1_000 + tick * 100;
          reading = bucket.fill(at);
          const limit = DEVICE_BURST_BYTES + (at / 1_000) * DEVICE_BYTES_PER_SECOND;
          for (let sent = 0; reading && sent < messages; sent++) {
            taken += Math.max(bytes, LEAST_MESSAGE_BYTES);
            reading = bucket.take(bytes, at);
          }
          if (taken > limit + MAX_DEVICE_MESSAGE_BYTES) return false;
        }
      }
      return true;
    }),
  );
  t.end();
});

t.test('a silence fills it up to the burst, and what was owed is waited for', (t) => {
  const bucket = new ByteBucket(0);
  bucket.fill(1e9);
  t.equal(bucket.take(DEVICE_BURST_BYTES - 1, 1e9), true);
  t.equal(bucket.take(DEVICE_BYTES_PER_SECOND, 1e9), false);
  t.equal(bucket.fill(1e9 + 999), false);
  t.equal(bucket.fill(1e9 + 1_001), true);
  t.end();
});

t.test('a silence longer than it takes to fill it up gives no more than the burst', (t) => {
  const bucket = new ByteBucket(0);
  t.equal(bucket.take(DEVICE_BURST_BYTES - 1, 0), true);
  t.equal(bucket.take(DEVICE_BURST_BYTES - 1, 1e9), true);
  t.equal(bucket.take(1, 1e9), false);
  t.end();
});

t.test('small messages count as more than their bytes', (t) => {
  const bucket = new ByteBucket(0);
  let messages = 1;
  while (bucket.take(2, 0)) messages++;
  t.equal(messages, DEVICE_BURST_BYTES / LEAST_MESSAGE_BYTES);
  t.end();
});
