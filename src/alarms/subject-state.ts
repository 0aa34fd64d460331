import type { EpochMs } from '../core/clock.ts';
import { type Alarm, conditionKey, type TechnicalCondition } from '../model/alarm.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import { isDirection } from '../model/limit.ts';
import type { Consciousness, OxygenUse } from '../model/news2.ts';
import type { Vital } from '../model/vital.ts';
import {
  type DeviceTrack,
  type LimitTrack,
  NEVER,
  type NewestValue,
  newDeviceTrack,
  rememberUnlessNewer,
  type Sense,
} from './device-track.ts';

/** Progress of a patient's newest values against the tiers of a combination. */
export interface CombinationTrack extends LimitTrack {
  /** When the value of each vital that it was last judged by was measured, by the server's clock. */
  readonly judged: Partial<Record<Vital, EpochMs>>;
}

/** Where NEWS2 stands, apart from the newest vitals that it is made of. */
export interface News2Track {
  /** What a person entered last, with the time they observed it. */
  oxygen: { value: OxygenUse; measured: EpochMs } | null;
  consciousness: { value: Consciousness; measured: EpochMs } | null;
  /** By the server's clock: when the score was last taken through its tiers. */
  steppedAt: EpochMs;
  /** There was no score in between: delays start anew (rule 4). */
  interrupted: boolean;
  /** Score, trigger and what is lacking, as one number, as they are and as they were told last. */
  found: number | null;
  told: number | null;
  tiers: LimitTrack;
}

/** Of all devices together. Entries are changed in place and never replaced. */
export type NewestValues = { [Name in Vital]: NewestValue | undefined };

/**
 * Everything the engine remembers of a patient (or of a device nobody wears): data that can be written down and taken
 * up again (see `recordOf`). One owner a subject; the engine changes it in place, because a copy per sample would
 * cost more than the evaluation.
 */
export interface SubjectState {
  readonly patient: PatientId | null;
  readonly devices: Map<DeviceId, DeviceTrack>;
  /** Alarms that are not off, by what they are about. */
  readonly live: Map<string, Alarm>;
  /**
   * Keys of the physiological ones of which is not known who holds them: taken up from the log, which does not say, or
   * a combination of which a device was taken off.
   */
  readonly inherited: Set<string>;
  /** By vital, of all devices together: what combinations and scores are made of. */
  readonly newest: NewestValues;
  /** By name; null: no combination was in force lately. */
  combinations: Record<string, CombinationTrack> | null;
  readonly news2: News2Track;
}

/** Remembers a trusted value unless a newer one of the vital is known; gives what is known now. @param now server time */
export function rememberNewest(
  state: SubjectState,
  vital: Vital,
  value: number,
  measured: EpochMs,
  device: DeviceId | null,
  now: EpochMs,
): NewestValue {
  const known = state.newest[vital];
  if (known === undefined) {
    const begun: NewestValue = { value, measured, device };
    state.newest[vital] = begun;
    return begun;
  }
  rememberUnlessNewer(known, value, measured, device, now);
  return known;
}

function noValues(): NewestValues {
  return {
    heart_rate: undefined,
    pulse_rate: undefined,
    resp_rate: undefined,
    spo2: undefined,
    body_temp: undefined,
    skin_temp: undefined,
    systolic_bp: undefined,
    diastolic_bp: undefined,
    mean_bp: undefined,
    glucose: undefined,
    steps: undefined,
  };
}

/** State of a subject of whom nothing is known yet. */
export function newSubjectState(patient: PatientId | null): SubjectState {
  return {
    patient,
    devices: new Map(),
    live: new Map(),
    inherited: new Set(),
    newest: noValues(),
    combinations: null,
    news2: {
      oxygen: null,
      consciousness: null,
      steppedAt: NEVER,
      interrupted: false,
      found: null,
      told: null,
      tiers: { breachedSince: {}, insideSince: null, held: null },
    },
  };
}

/** The device's track, begun when there is none. */
export function deviceTrack(state: SubjectState, device: DeviceId): DeviceTrack {
  let track = state.devices.get(device);
  if (!track) {
    track = newDeviceTrack();
    state.devices.set(device, track);
  }
  return track;
}

/** The track of a combination, if there is one. A name may be that of something every object has. */
export function knownCombination(state: SubjectState, name: string): CombinationTrack | undefined {
  const { combinations } = state;
  return combinations !== null && Object.hasOwn(combinations, name) ? combinations[name] : undefined;
}

/** Key in `live` of the one physiological alarm of a vital and sense (rule 2). */
export function physiologicalKey(vital: Vital, sense: Sense): string {
  return conditionKey(
    isDirection(sense)
      ? { cause: 'limit', vital, direction: sense }
      : { cause: 'change', vital, course: sense },
  );
}

/** Key in `live` of a technical alarm. */
export function technicalKey(device: DeviceId, condition: TechnicalCondition, vital: Vital | null): string {
  return `${device}:${condition}:${vital ?? ''}`;
}
