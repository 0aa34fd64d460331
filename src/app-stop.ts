import { type Clock, sleep } from './core/clock.ts';
import type { FeedService } from './feed/feed-service.ts';
import type { SessionTable } from './ingest/session-table.ts';
import type { Journal } from './journal/journal.ts';

/** How long what was taken gets to reach the disk, so that its ack is the last word. Milliseconds of real time. */
const COMMIT_GRACE_MS = 2_000;
/** How long open sockets get to answer the closing handshake when the process stops. */
const CLOSE_GRACE_MS = 3_000;

export interface SessionParts {
  readonly sessions: SessionTable;
  readonly feed: FeedService;
  readonly journal: Pick<Journal, 'condition' | 'stats'>;
  readonly clock: Clock;
}

/** Ends every session: nothing more is taken, what was is acked once it is durable, and peers get a moment to hear of it. */
export async function endSessions({ sessions, feed, journal, clock }: SessionParts): Promise<void> {
  sessions.stopTaking();
  await until(clock, COMMIT_GRACE_MS, () => journal.stats().pendingRecords === 0 || !commitsGoOn(journal));
  sessions.closeAll(1012, 'service restart');
  feed.closeAll(1012, 'service restart');
  await until(clock, CLOSE_GRACE_MS, () => sessions.size === 0 && feed.connected === 0);
}

/** In the other conditions a commit may take any time: what it would ack is still on the devices. */
function commitsGoOn({ condition }: Pick<Journal, 'condition'>): boolean {
  return condition === 'ok' || condition === 'behind';
}

async function until(clock: Clock, ms: number, holds: () => boolean): Promise<void> {
  const end = performance.now() + ms;
  while (!holds() && performance.now() < end) await sleep(clock, 10);
}
