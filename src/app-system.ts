import { readFileSync } from 'node:fs';
import type { WatchedWriter } from './app-store.ts';
import type { Config } from './config/config.ts';
import type { Clock, EpochMs } from './core/clock.ts';
import type { FeedService } from './feed/feed-service.ts';
import { overall, type PartHealth } from './gateway/operations-routes.ts';
import type { SystemFacts } from './gateway/system-routes.ts';
import type { SessionTable } from './ingest/session-table.ts';
import type { Journal } from './journal/journal.ts';
import { heldUntil } from './registry/device-record.ts';
import type { Registry } from './registry/registry.ts';

/** Certificates that end this soon are somebody's work. Days. */
const ENDING_DAYS = 14;
const DAY_MS = 86_400_000;

export interface SystemStateOptions {
  readonly config: Pick<Config, 'store'>;
  readonly clock: Clock;
  readonly journal: Pick<Journal, 'condition' | 'stats'>;
  readonly writer: WatchedWriter;
  readonly registry: Registry;
  readonly sessions: Pick<SessionTable, 'size'>;
  readonly feed: Pick<FeedService, 'connected' | 'unattended'>;
  readonly health: () => Readonly<Record<string, PartHealth>>;
}

/** What admins are told of the service; the process counts as started now. */
export function systemState(options: SystemStateOptions): () => SystemFacts {
  const { config, clock, journal, writer, registry, sessions, feed, health } = options;
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  const [started, startedMonotonic] = [clock.now(), clock.monotonic()];
  return () => {
    const time = clock.now();
    const parts = health();
    const stats = journal.stats();
    const status = writer.status();
    return {
      ...{ time, version, started, parts },
      uptime_s: Math.floor((clock.monotonic() - startedMonotonic) / 1_000),
      state: overall(parts),
      journal: {
        condition: journal.condition,
        waiting_for_disk: {
          records: stats.pendingRecords,
          bytes: stats.pendingBytes,
          oldest_ms: stats.pendingMs,
        },
        waiting_for_store: {
          batches: status.unreadBatches,
          records: status.lagRecords,
          bytes: stats.unreadBytes,
        },
      },
      store: {
        kind: config.store.kind,
        state: status.state,
        takes: status.lastError === null,
        failing_since: writer.failingSince(),
        last_error: status.lastError,
        lag_ms: status.lagMs,
        oldest_unwritten: status.oldestUnwritten,
        records_per_second: status.recordsPerSecond,
        quarantined: status.quarantined,
      },
      connected: { devices: sessions.size, clinicians: feed.connected },
      alarms: { unattended: feed.unattended },
      certificates: certificateCounts(registry, time),
    };
  };
}

function certificateCounts(registry: Registry, now: EpochMs): SystemFacts['certificates'] {
  const counts = { ending: 0, expired: 0, missing: 0 };
  for (const { id, status } of registry.devices()) {
    if (status === 'revoked') continue;
    const until = heldUntil(registry.certificatesOf(id));
    if (until === null) counts.missing += 1;
    else if (until <= now) counts.expired += 1;
    else if (until <= now + ENDING_DAYS * DAY_MS) counts.ending += 1;
  }
  return { within_days: ENDING_DAYS, ...counts };
}
