import t from 'tap';
import { deniedPause, retryPause } from '../../src/store/retry-pause.ts';
import { StoreError } from '../../src/store/telemetry-store.ts';

t.test('a denial is looked at again soon, then ever less often, up to a bound', async (t) => {
  t.same(
    [0, 1, 2, 4, 5, 5_000].map((failures) => deniedPause(failures, {})),
    [1_000, 2_000, 4_000, 16_000, 30_000, 30_000],
  );
  t.equal(deniedPause(3, { deniedRetryMs: 50 }), 50);
});

t.test('a store that asks to be left alone is, for as long as is reasonable', async (t) => {
  const busy = (retry_after_s: number): StoreError =>
    new StoreError('transient', 'busy', { details: { retry_after_s } });
  const retry = { baseMs: 10, capMs: 20 };
  t.same(retryPause(0, busy(5), { retry }), { leastMs: 5_000, mostMs: 5_000 });
  t.same(retryPause(0, busy(86_400), { retry }), { leastMs: 60_000, mostMs: 60_000 });
  t.ok(retryPause(9, busy(0), { retry }).mostMs <= 20);
});
