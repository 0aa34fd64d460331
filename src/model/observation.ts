import type { EpochMs } from '../core/clock.ts';
import type { ClinicianId, ObservationId, PatientId } from './ids.ts';
import type { Consciousness, OxygenUse } from './news2.ts';
import type { Vital } from './vital.ts';

/** What a clinician observed or measured and entered by hand. At least one of values, oxygen and consciousness. */
export interface Observation {
  readonly id: ObservationId;
  readonly patient: PatientId;
  readonly by: ClinicianId;
  /** When it was observed. */
  readonly t: EpochMs;
  /** Server time at which it was entered. */
  readonly entered: EpochMs;
  readonly values: Readonly<Partial<Record<Vital, number>>>;
  readonly oxygen: OxygenUse | null;
  readonly consciousness: Consciousness | null;
}

/** What was observed longer ago is history, and is not entered here. Milliseconds. */
export const MAX_OBSERVATION_AGE_MS = 24 * 3_600_000;

/** What a person enters; whoever passes it on has made sure that they may. */
export interface ObservationEntry {
  readonly patient: PatientId;
  readonly by: ClinicianId;
  /** When it was observed; absent: now. */
  readonly t?: EpochMs;
  readonly values?: Readonly<Record<string, number>>;
  readonly oxygen?: OxygenUse;
  readonly consciousness?: Consciousness;
}
