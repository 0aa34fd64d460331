import type { RecalledInputs } from './alarms/manual-observation.ts';
import { NEWS2_MAX_AGE_MS } from './alarms/news2-inputs.ts';
import type { Bus } from './bus/bus.ts';
import type { Clock, EpochMs } from './core/clock.ts';
import type { AlarmDesk } from './ingest/alarm-desk.ts';
import { News2Recall } from './ingest/news2-recall.ts';
import { ObservationDesk } from './ingest/observations.ts';
import type { Journal } from './journal/journal.ts';
import { MANUAL_DEVICE, type PatientId } from './model/ids.ts';
import type { DoorAudit } from './observe/audit-doors.ts';
import type { Log } from './observe/log.ts';
import type { Registry } from './registry/registry.ts';
import type { TelemetryStore } from './store/telemetry-store.ts';
import type { Writer } from './store/writer.ts';

/** Observations looked through for the newest of each kind: one a minute for 12 hours. */
const MAX_OBSERVATIONS = 720;

/** Vitals that come seldom, and how old they may be. The others are back before anything could be recalled. */
const RECALLED = [
  { vital: 'systolic_bp', maxAgeMs: NEWS2_MAX_AGE_MS.systolic_bp },
  { vital: 'body_temp', maxAgeMs: NEWS2_MAX_AGE_MS.temperature },
] as const;

/** What is stored of a patient that NEWS2 at `now` may be made of. @throws StoreError */
async function recalledInputs(
  store: TelemetryStore,
  patient: PatientId,
  now: EpochMs,
): Promise<RecalledInputs> {
  const values = await Promise.all(
    RECALLED.map(async ({ vital, maxAgeMs }) => {
      const newest = await store.newest({ patient, vital, from: now - maxAgeMs, to: now + 1 });
      return newest && { ...newest, vital };
    }),
  );
  const longest = Math.max(...Object.values(NEWS2_MAX_AGE_MS));
  const observations = await store.observations({
    patient,
    from: now - longest,
    to: now + 1,
    limit: MAX_OBSERVATIONS,
  });
  const found = values.flatMap((one) => one ?? []);
  return {
    values: found.map(({ vital, value, measured, device }) => ({
      vital,
      value,
      measured,
      device: device === MANUAL_DEVICE ? null : device,
    })),
    observations,
  };
}

export interface ObservationsOptions {
  readonly registry: Registry;
  readonly journal: Journal;
  readonly desk: AlarmDesk;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: DoorAudit;
  readonly store: TelemetryStore;
  readonly writer: Writer;
}

/** Opens the way in for what people enter by hand, and takes up in the background what scores are made of. */
export function openObservations(
  options: ObservationsOptions,
): AsyncDisposable & { readonly observations: ObservationDesk } {
  const { registry, desk, clock, log, audit, store, writer } = options;
  const observations = new ObservationDesk({
    ...options,
    onEntered: ({ id, patient, by }) =>
      audit.acted(
        { action: 'observation_entered', subject: patient, details: { observation: id } },
        { kind: 'clinician', id: by },
      ),
  });
  const recall = new News2Recall({
    ...{ registry, desk, clock, log },
    stored: () => writer.drained(),
    read: (patient, now) => recalledInputs(store, patient, now),
  });
  return { observations, [Symbol.asyncDispose]: () => recall[Symbol.asyncDispose]() };
}
