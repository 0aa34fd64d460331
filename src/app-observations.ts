import { NEWS2_MAX_AGE_MS } from './alarms/news2-inputs.ts';
import type { Bus } from './bus/bus.ts';
import type { Clock, EpochMs } from './core/clock.ts';
import type { FeedService } from './feed/feed-service.ts';
import type { AlarmDesk } from './ingest/alarm-desk.ts';
import { HistoryRecall, type RecalledHistory } from './ingest/history-recall.ts';
import { ObservationDesk } from './ingest/observations.ts';
import type { Journal } from './journal/journal.ts';
import type { PatientId } from './model/ids.ts';
import type { RecalledVital } from './model/recalled-vital.ts';
import { VITAL_NAMES, VITALS } from './model/vital.ts';
import type { DoorAudit } from './observe/audit-doors.ts';
import type { Log } from './observe/log.ts';
import type { Registry } from './registry/registry.ts';
import type { TelemetryStore } from './store/telemetry-store.ts';
import type { Writer } from './store/writer.ts';

/** Observations looked through for the newest of each kind: one a minute for 12 hours. */
const MAX_OBSERVATIONS = 720;

/** Vitals that come seldom. The others are back before anything could be recalled. */
const SLOW = VITAL_NAMES.filter((vital) => VITALS[vital].usualIntervalMs >= 60_000);

/** What is stored of a patient that counts at `now`, one question at a time. @throws StoreError */
async function recalledHistory(
  store: TelemetryStore,
  patient: PatientId,
  now: EpochMs,
): Promise<RecalledHistory> {
  const range = { patient, from: now - Math.max(...Object.values(NEWS2_MAX_AGE_MS)), to: now + 1 };
  const vitals: RecalledVital[] = [];
  for (const vital of SLOW) {
    const newest = await store.newest({ ...range, vital });
    if (newest !== null) vitals.push({ ...newest, vital });
  }
  return { vitals, observations: await store.observations({ ...range, limit: MAX_OBSERVATIONS }) };
}

export interface ObservationsOptions {
  readonly registry: Registry;
  readonly journal: Journal;
  readonly desk: AlarmDesk;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly audit: DoorAudit;
}

/** Opens the way in for what people enter by hand. */
export function openObservations(options: ObservationsOptions): ObservationDesk {
  const { audit } = options;
  return new ObservationDesk({
    ...options,
    onEntered: ({ id, patient, by }) =>
      audit.acted(
        { action: 'observation_entered', subject: patient, details: { observation: id } },
        { kind: 'clinician', id: by },
      ),
  });
}

export interface RecallOptions {
  readonly registry: Registry;
  readonly desk: AlarmDesk;
  readonly feed: FeedService;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: TelemetryStore;
  readonly writer: Writer;
}

/** Takes up in the background what was measured and entered before the start, for scores and for whoever watches. */
export function recallHistory({ feed, store, writer, ...parts }: RecallOptions): HistoryRecall {
  return new HistoryRecall({
    ...parts,
    stored: () => writer.drained(),
    read: (patient, now) => recalledHistory(store, patient, now),
    onVitals: (patient, vitals) => feed.recalled(patient, vitals),
  });
}
