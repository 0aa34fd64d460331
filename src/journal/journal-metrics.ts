import type { Metrics } from '../observe/metrics.ts';
import { JOURNAL_CONDITIONS, type Journal } from './journal.ts';

/** Shows whether the journal takes records, and what waits for the disk. */
export function observeJournal(metrics: Metrics, journal: Journal): void {
  metrics.observedEach(
    'vitalwire_journal_condition',
    'Whether the journal takes records: 1 for the condition it is in.',
    ['condition'],
    () =>
      JOURNAL_CONDITIONS.map((condition) => ({
        labels: { condition },
        value: condition === journal.condition ? 1 : 0,
      })),
  );
  metrics.observed(
    'vitalwire_journal_pending_records',
    'Records that wait for the disk.',
    () => journal.stats().pendingRecords,
  );
  metrics.observed(
    'vitalwire_journal_pending_bytes',
    'Bytes that wait for the disk.',
    () => journal.stats().pendingBytes,
  );
  metrics.observed(
    'vitalwire_journal_pending_seconds',
    'Age of the oldest record that waits for the disk.',
    () => journal.stats().pendingMs / 1_000,
  );
  metrics.observed(
    'vitalwire_journal_unread_bytes',
    'Bytes that the slowest reader has not dealt with, mostly the store: the journal takes up to its cap of them.',
    () => journal.stats().unreadBytes,
  );
}
