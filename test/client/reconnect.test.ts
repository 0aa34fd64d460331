import fc from 'fast-check';
import t from 'tap';
import { DEFAULT_BACKOFF, ReconnectPolicy } from '../../src/client/reconnect.ts';
import { rateExceededReason, secondsAskedIn } from '../../src/protocol/retry-after.ts';

t.test('a close that asks for a wait is obeyed: never sooner, whatever the jitter draws', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9_999 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (seconds, draw) => {
        const policy = new ReconnectPolicy(DEFAULT_BACKOFF, () => draw);
        const end = { code: 4429, reason: rateExceededReason(seconds), error: null };
        const delay = policy.delayAfter(end, 0) ?? 0;
        return delay >= seconds * 1_000 && delay < seconds * 1_000 + DEFAULT_BACKOFF.later.baseMs;
      },
    ),
  );
});

t.test('the reason of 4429 fits a close frame, and no other reason is taken for a wait', async (t) => {
  for (const seconds of [0, 1, 300, 9_999]) {
    const reason = rateExceededReason(seconds);
    t.ok(Buffer.byteLength(reason) <= 123);
    t.equal(secondsAskedIn(reason), seconds);
  }
  for (const reason of ['', 'rate exceeded', 'too many frames before welcome', ': come back in 99999 s'])
    t.equal(secondsAskedIn(reason), null, reason);
});
