import type { Journal } from './journal.ts';

/** How the journal does, for people and load balancers: `failed` is not fit for traffic. */
export function journalHealth(journal: Journal): {
  readonly state: 'ok' | 'degraded' | 'failed';
  readonly detail: string;
} {
  const { failed, pendingRecords } = journal.stats();
  if (failed) return { state: 'failed', detail: 'a commit failed: restart' };
  if (journal.writable() !== null)
    return {
      state: 'degraded',
      detail: 'full: devices are held back until the disk or the store catches up',
    };
  return { state: 'ok', detail: `${pendingRecords} records wait for the disk` };
}
