import type { Journal, JournalStats } from './journal.ts';

/**
 * How the journal does, for people and load balancers: `failed` is not fit for traffic.
 * @param overrun frames are not handed to it, because more come than its disk takes
 */
export function journalHealth(
  journal: Pick<Journal, 'condition' | 'stats'>,
  overrun = false,
): {
  readonly state: 'ok' | 'degraded' | 'failed';
  readonly detail: string;
} {
  const { condition } = journal;
  if (overrun && (condition === 'ok' || condition === 'behind')) {
    const { pendingRecords } = journal.stats();
    const wait = `${pendingRecords} records wait for the disk`;
    return {
      state: 'degraded',
      detail: `overrun: the disk is slower than the load, nothing is recorded until it has caught up, ${wait}`,
    };
  }
  const detail = detailOf(condition, journal.stats());
  if (condition === 'ok' || condition === 'failed') return { state: condition, detail };
  return { state: 'degraded', detail };
}

function detailOf(condition: Journal['condition'], { pendingRecords, pendingMs }: JournalStats): string {
  const wait = `${pendingRecords} records wait for the disk`;
  const age = `${Math.round(pendingMs / 1_000)} s`;
  switch (condition) {
    case 'ok':
      return wait;
    case 'behind':
      return `behind: devices are held back, ${wait}`;
    case 'stalled':
      return `the disk has not answered for ${age}: nothing is recorded until it does, ${wait}`;
    case 'disk_full':
      return `the disk is full for ${age}: nothing is recorded until there is space, ${wait}`;
    case 'unread_full':
      return 'the slowest reader is as far behind as it may be: nothing is recorded until the store catches up';
    case 'failed':
      return 'a commit failed: restart';
  }
}
