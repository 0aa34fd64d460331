import type { EpochMs } from '../core/clock.ts';
import type { PatientId } from '../model/ids.ts';
import type { News2, News2Use } from '../model/news2.ts';
import type { Observation } from '../model/observation.ts';
import type { Vital } from '../model/vital.ts';
import type { NewestValue } from './device-track.ts';
import { rememberObservation } from './manual-observation.ts';
import { currentNews2, NEWS2_MAX_AGE_MS } from './news2-inputs.ts';
import { newSubjectState, rememberNewest, type SubjectState } from './subject-state.ts';

/** How far before a time the inputs of a score at that time may lie: the longest of `NEWS2_MAX_AGE_MS`. */
export const NEWS2_LOOKS_BACK_MS: number = Math.max(...Object.values(NEWS2_MAX_AGE_MS));

/**
 * The vitals of the score, each with how old it may be. As `pulse` counts the newer of pulse rate and heart rate, both are
 * among them.
 */
export const NEWS2_VITALS: readonly { readonly vital: Vital; readonly maxAgeMs: number }[] = [
  { vital: 'resp_rate', maxAgeMs: NEWS2_MAX_AGE_MS.resp_rate },
  { vital: 'spo2', maxAgeMs: NEWS2_MAX_AGE_MS.spo2 },
  { vital: 'pulse_rate', maxAgeMs: NEWS2_MAX_AGE_MS.pulse },
  { vital: 'heart_rate', maxAgeMs: NEWS2_MAX_AGE_MS.pulse },
  { vital: 'systolic_bp', maxAgeMs: NEWS2_MAX_AGE_MS.systolic_bp },
  { vital: 'body_temp', maxAgeMs: NEWS2_MAX_AGE_MS.temperature },
];

/** What is stored of a patient that scores are made of. */
export interface News2HistoryInputs {
  readonly patient: PatientId;
  readonly use: News2Use;
  /** At which times, ascending. */
  readonly times: readonly EpochMs[];
  /** Trusted values in any order: at least the newest of each vital at each time, as far as it is not too old then. */
  readonly values: readonly (NewestValue & { readonly vital: Vital })[];
  /** What was observed up to the last time, and not too long before the first, in any order. */
  readonly observations: readonly Observation[];
}

/** The score at one time. */
export interface News2Step {
  readonly t: EpochMs;
  readonly news2: News2;
}

/** Something that is known from a time on. */
interface Known {
  readonly from: EpochMs;
  /** Of two of one time the later counts. */
  readonly entered: EpochMs;
  readonly remember: (state: SubjectState, now: EpochMs) => void;
}

/**
 * The score at each of the times, made of what was measured and observed up to then, as the live score is: by the same state and
 * the same function. What reached the server later than it was measured counts from when it was measured.
 */
export function* news2History({
  patient,
  use,
  times,
  values,
  observations,
}: News2HistoryInputs): Generator<News2Step> {
  const known: Known[] = [
    ...values.map(({ vital, value, measured, device }) => ({
      from: measured,
      entered: measured,
      remember: (state: SubjectState, now: EpochMs) =>
        void rememberNewest(state, vital, value, measured, device, now),
    })),
    ...observations.map((observation) => ({
      from: observation.t,
      entered: observation.entered,
      remember: (state: SubjectState, now: EpochMs) => rememberObservation(state, observation, now),
    })),
  ].sort((a, b) => a.from - b.from || a.entered - b.entered);
  const state = newSubjectState(patient);
  let next = 0;
  for (const t of times) {
    for (let one = known[next]; one !== undefined && one.from <= t; one = known[++next])
      one.remember(state, t);
    yield { t, news2: currentNews2(state, use, t) };
  }
}
