import fc from 'fast-check';
import t from 'tap';
import { MAX_POINTS, resolutionFor } from '../../../../src/console/patient/trends/resolution.ts';
import { resolutionOf } from '../../../../src/gateway/history-range.ts';

const HOUR = 3_600_000;

t.test('each range has the finest buckets of which there are at most a thousand', async (t) => {
  const chosen = [1, 4, 12, 24, 72, 168].map((hours) => resolutionFor(hours * HOUR).text);
  t.same(chosen, ['5s', '15s', '1m', '2m', '5m', '15m']);
  t.equal(resolutionFor(60_000).text, '1s');
});

t.test('the server takes every one of them, and means the same', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 60_000, max: 7 * 24 * HOUR }), (span) => {
      const { ms, text } = resolutionFor(span);
      return span / ms <= MAX_POINTS && resolutionOf(text, 0, span) === ms;
    }),
  );
});
