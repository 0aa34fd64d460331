import t from 'tap';
import { createMetrics } from '../../src/observe/metrics.ts';
import { observeQuarantine } from '../../src/store/store-metrics.ts';
import { counted } from '../support/ingest-world.ts';
import { manualClock } from '../support/manual-clock.ts';

const HELD = 'vitalwire_quarantine_points';

t.test('a quarantine that cannot be read, or whose disk hangs, leaves the other metrics', async (t) => {
  for (const [held, shown] of [
    [async () => 3, '3'],
    [() => Promise.reject(new Error('its disk failed')), 'NaN'],
    [() => new Promise<number>(() => {}), 'NaN'],
  ] as const) {
    const clock = manualClock();
    const metrics = createMetrics();
    observeQuarantine(metrics, { held }, clock);
    const scraped = counted(metrics, HELD);
    await new Promise(setImmediate);
    clock.advance(1_000);
    const late = new Promise((resolve) => setTimeout(resolve, 500, 'late'));
    t.equal(String(await Promise.race([scraped, late])), shown);
  }
});
