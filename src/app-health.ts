import type { EmbeddedBus } from './bus/bus-embedded.ts';
import type { FeedService } from './feed/feed-service.ts';
import type { PartHealth } from './gateway/operations-routes.ts';
import type { AlarmDesk } from './ingest/alarm-desk.ts';
import type { RecordingGate } from './ingest/recording-gate.ts';
import type { Journal } from './journal/journal.ts';
import { journalHealth } from './journal/journal-health.ts';
import type { DoorAudit } from './observe/audit-doors.ts';
import type { Registry } from './registry/registry.ts';
import type { Writer } from './store/writer.ts';
import { writerHealth } from './store/writer-health.ts';

/** That alarms are unattended is information: it is people who are to do something about it. */
export function alarmHealth(desk: AlarmDesk, feed: FeedService): PartHealth {
  const detail = `${feed.unattended} unattended`;
  return desk.failing === 0
    ? { state: 'ok', detail }
    : { state: 'degraded', detail: `${detail}; ${desk.failing} judgements fail: see the log` };
}

/** How the parts that keep something do, by the name that `/readyz` gives them. */
export function healthOf(
  journal: Journal,
  { isOverrun }: Pick<RecordingGate, 'isOverrun'>,
  registry: Registry,
  bus: EmbeddedBus,
  audit: DoorAudit,
  writer: Writer,
): Readonly<Record<string, PartHealth>> {
  return {
    journal: journalHealth(journal, isOverrun),
    registry: registry.healthy
      ? { state: 'ok', detail: 'changes are seen' }
      : { state: 'degraded', detail: 'cannot be read: revocations are not seen' },
    alarm_log: bus.healthy
      ? { state: 'ok', detail: 'writing' }
      : {
          state: 'degraded',
          detail: 'cannot be written: alarms are relayed, and kept in memory until it can',
        },
    audit_trail: audit.trail.healthy
      ? { state: 'ok', detail: 'writing' }
      : { state: 'degraded', detail: 'cannot be written: see the log' },
    store: writerHealth(writer.status()),
  };
}
