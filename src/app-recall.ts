import type { RecalledInputs } from './alarms/manual-observation.ts';
import { NEWS2_MAX_AGE_MS } from './alarms/news2-inputs.ts';
import type { EpochMs } from './core/clock.ts';
import { MANUAL_DEVICE, type PatientId } from './model/ids.ts';
import type { TelemetryStore } from './store/telemetry-store.ts';

/** Observations looked through for the newest of each kind: one a minute for 12 hours. */
const MAX_OBSERVATIONS = 720;

/** Vitals that come seldom, and how old they may be. The others are back before anything could be recalled. */
const RECALLED = [
  { vital: 'systolic_bp', maxAgeMs: NEWS2_MAX_AGE_MS.systolic_bp },
  { vital: 'body_temp', maxAgeMs: NEWS2_MAX_AGE_MS.temperature },
] as const;

/** What is stored of a patient that NEWS2 at `now` may be made of. @throws StoreError */
export async function recalledInputs(
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
