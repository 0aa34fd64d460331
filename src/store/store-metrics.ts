import type { Journal } from '../journal/journal.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Writer } from './writer.ts';

/** Shows what is between the devices and the store: the journal's queue and the writer's lag. */
export function observeStores(metrics: Metrics, journal: Journal, writer: Writer): void {
  metrics.observed(
    'vitalwire_journal_pending_bytes',
    'Bytes that wait for the disk.',
    () => journal.stats().pendingBytes,
  );
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
