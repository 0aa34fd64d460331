import { type Clock, sleep } from '../core/clock.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { WriteEnd } from './lane-writer.ts';
import type { Quarantine } from './quarantine.ts';
import type { Writer } from './writer.ts';

/** From what a small batch takes to what a request may take at most. */
const WRITE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A scrape does not wait longer for the quarantine. Milliseconds. */
const HELD_WITHIN_MS = 1_000;

/** Measures every write to the store; what is returned is to be told of each. */
export function storeWrites(metrics: Metrics): (end: WriteEnd) => void {
  const seconds = metrics.histogram(
    'vitalwire_store_write_seconds',
    'How long writes to the store took, by how they ended.',
    WRITE_SECONDS,
    ['outcome'],
  );
  return ({ outcome, tookMs }) => seconds.observe({ outcome }, tookMs / 1_000);
}

/** Shows how much waits for a person: it falls when points are retried or dropped. */
export function observeQuarantine(
  metrics: Metrics,
  quarantine: Pick<Quarantine, 'held'>,
  clock: Clock,
): void {
  metrics.observed('vitalwire_quarantine_points', 'Points in quarantine now; NaN: it cannot be read.', () => {
    // Whoever scrapes is told of all else, also while its disk does not answer.
    const held = quarantine.held().catch(() => Number.NaN);
    return Promise.race([held, sleep(clock, HELD_WITHIN_MS).then(() => Number.NaN)]);
  });
}

/** Shows how far the store is behind the journal. */
export function observeStores(metrics: Metrics, writer: Writer): void {
  metrics.observed(
    'vitalwire_journal_unread_batches',
    'Batches the store writer has not written.',
    () => writer.status().unreadBatches,
  );
  metrics.observed(
    'vitalwire_store_lag_seconds',
    'Age of the oldest record that is not in the store.',
    () => writer.status().lagMs / 1_000,
  );
  metrics.observed(
    'vitalwire_store_lag_records',
    'Records that are durable and not in the store.',
    () => writer.status().lagRecords,
  );
  metrics.observed(
    'vitalwire_store_oldest_unwritten_timestamp_seconds',
    'When the oldest record that is not in the store reached the server; 0: there is none.',
    () => (writer.status().oldestUnwritten ?? 0) / 1_000,
  );
  metrics.observed(
    'vitalwire_store_stuck_seconds',
    'For how long one point alone has failed while the store takes others; 0: there is none.',
    () => writer.status().stuckMs / 1_000,
  );
  metrics.observed(
    'vitalwire_store_batch_moments',
    'Moments that go into one write to the store now.',
    () => writer.status().batchMoments,
  );
  metrics.observed(
    'vitalwire_store_writes_in_flight',
    'Writes to the store under way.',
    () => writer.status().writesInFlight,
  );
  metrics.observed(
    'vitalwire_store_records_per_second',
    'Records written to the store a second, over the last few.',
    () => writer.status().recordsPerSecond,
  );
  metrics.observed(
    'vitalwire_store_written_moments',
    'Moments written to the store since the start.',
    () => writer.status().written,
  );
  metrics.observed(
    'vitalwire_store_quarantined_points',
    'Points the store refused for good since the start.',
    () => writer.status().quarantined,
  );
}
