import type { EpochMs } from '../core/clock.ts';
import { type Alarm, conditionKey, type TechnicalCondition } from '../model/alarm.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import { type Course, type Direction, isDirection, type Priority } from '../model/limit.ts';
import type { Consciousness, OxygenUse } from '../model/news2.ts';
import type { Vital } from '../model/vital.ts';

/** Progress of one device's samples against the tiers of one vital and direction. */
export interface LimitTrack {
  /** Sample time of the first breach of each tier that is breached now. */
  breachedSince: Partial<Record<Priority, EpochMs>>;
  /** Since when values have been inside the mildest tier by the clear margin. */
  insideSince: EpochMs | null;
  /** The highest tier this device holds the patient's alarm at. */
  held: Priority | null;
}

/** Progress of one device's samples against the tiers of a limit on how a vital changes. */
export interface ChangeTrack extends LimitTrack {
  /**
   * What may still be the highest (falling) or lowest (rising) value of the window, oldest and most extreme first:
   * sample times, and the values at the same places. See `takeIntoWindow` for how many at most.
   */
  readonly times: EpochMs[];
  readonly values: number[];
}

/** Progress of a patient's newest values against the tiers of a combination. */
export interface CombinationTrack extends LimitTrack {
  /** When the value of each vital that it was last judged by was measured, by the server's clock. */
  readonly judged: Partial<Record<Vital, EpochMs>>;
}

/** An episode of breaches found in late samples (rule 3). */
export interface RetrospectiveTrack {
  onset: EpochMs;
  until: EpochMs;
  priority: Priority;
  threshold: number;
  value: number;
  /** Server time at which its first breach came, and its newest. */
  raised: EpochMs;
  received: EpochMs;
  /** Its end as last told. */
  told: EpochMs;
}

/** What is known of one vital of one device. */
export interface VitalTrack {
  /** Newest sample time evaluated against limits; a sample not newer is late. */
  evaluated: EpochMs | null;
  /** Newest timely sample time with any value, trusted or not; null before the first: it is not missed. */
  seen: EpochMs | null;
  /**
   * Known from the alarm log, no value since: `seen` is then the first sample time of the device, so that the vital is
   * missed in its turn and not for the time the server was away.
   */
  awaited: boolean;
  /** The last few distances between sample times, newest last. */
  intervals: number[];
  limits: Partial<Record<Direction, LimitTrack>>;
  /** Null: no limit on how it changes was in force lately. */
  changes: Partial<Record<Course, ChangeTrack>> | null;
  /**
   * The value at `evaluated`, and when it was measured by the server's clock; null: there is none, or it stood still
   * for too long to be trusted.
   */
  last: { value: number; measured: EpochMs } | null;
  retrospective: Partial<Record<Direction, RetrospectiveTrack>>;
  /** The value repeated since `since`, for what should vary; a value of null is known to stand still, not where. */
  still: { value: number | null; since: EpochMs } | null;
}

/** What is known of one device of the subject. */
export interface DeviceTrack {
  connected: boolean;
  /** Server time of the newest arrival of timely samples; null before the first. */
  arrived: EpochMs | null;
  /** Server time since which it is missed although nothing timely arrived yet; null: nobody waits for it. */
  expected: EpochMs | null;
  /** Server time of the first arrival with a timely sample, and how often it was registered to send. */
  heard: { readonly since: EpochMs; readonly registeredMs: number | null } | null;
  /** The last few distances between these arrivals, newest last. */
  arrivals: number[];
  vitals: Partial<Record<Vital, VitalTrack>>;
  /** First and newest sample time of bad data that goes on, by condition and vital. */
  bad: Record<string, { since: EpochMs; until: EpochMs; goodSince: EpochMs | null }>;
}

/** The newest trusted value of a vital, whichever device it is of. */
export interface NewestValue {
  value: number;
  /** When it was measured, by the server's clock: devices of one patient need not agree on the time. */
  measured: EpochMs;
  /** Null: entered by hand. */
  device: DeviceId | null;
}

/** Where NEWS2 stands, apart from the newest vitals that it is made of. */
export interface News2Track {
  /** What a person entered last, with the time they observed it. */
  oxygen: { value: OxygenUse; measured: EpochMs } | null;
  consciousness: { value: Consciousness; measured: EpochMs } | null;
  /** By the server's clock: when the score was last taken through its tiers. */
  stepped: EpochMs | null;
  /** There was no score in between: delays start anew (rule 4). */
  interrupted: boolean;
  /** Score, trigger and what is lacking, as one number, as they are and as they were told last. */
  found: number | null;
  told: number | null;
  tiers: LimitTrack;
}

/**
 * Everything the engine remembers of a patient (or of a device nobody wears): plain data, so that it can be written
 * down and taken up again. One owner a subject; the engine changes it in place, because a copy per sample would
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
  readonly newest: Partial<Record<Vital, NewestValue>>;
  /** By name; null: no combination was in force lately. */
  combinations: Record<string, CombinationTrack> | null;
  readonly news2: News2Track;
}

/**
 * Whether what is known of `known` is newer than what was measured at `measured`, and stays. Nothing was measured later
 * than `now`, the server's time: what seems so is from before the server's clock was set back, and would shut out all that
 * comes until the clock is there again.
 */
export function isNewer(known: EpochMs, measured: EpochMs, now: EpochMs): boolean {
  return known > measured && known <= now;
}

/** Remembers a trusted value unless a newer one of the vital is known. @param now server time */
export function rememberNewest(
  state: SubjectState,
  vital: Vital,
  value: number,
  measured: EpochMs,
  device: DeviceId | null,
  now: EpochMs,
): void {
  const known = state.newest[vital];
  if (known === undefined) state.newest[vital] = { value, measured, device };
  else if (!isNewer(known.measured, measured, now)) {
    known.value = value;
    known.measured = measured;
    known.device = device;
  }
}

/** State of a subject of whom nothing is known yet. */
export function newSubjectState(patient: PatientId | null): SubjectState {
  return {
    patient,
    devices: new Map(),
    live: new Map(),
    inherited: new Set(),
    newest: {},
    combinations: null,
    news2: {
      oxygen: null,
      consciousness: null,
      stepped: null,
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
    track = {
      connected: false,
      arrived: null,
      expected: null,
      heard: null,
      arrivals: [],
      vitals: {},
      bad: {},
    };
    state.devices.set(device, track);
  }
  return track;
}

/** The vital's track of a device, begun when there is none. */
export function vitalTrack(device: DeviceTrack, vital: Vital): VitalTrack {
  let track = device.vitals[vital];
  if (!track) {
    track = {
      evaluated: null,
      seen: null,
      awaited: false,
      intervals: [],
      limits: {},
      changes: null,
      last: null,
      retrospective: {},
      still: null,
    };
    device.vitals[vital] = track;
  }
  return track;
}

/** The track of a combination, if there is one. A name may be that of something every object has. */
export function knownCombination(state: SubjectState, name: string): CombinationTrack | undefined {
  const { combinations } = state;
  return combinations !== null && Object.hasOwn(combinations, name) ? combinations[name] : undefined;
}

/** Which way a vital is limited: what it is, or how it changes. */
export type Sense = Direction | Course;

/** Key in `live` of the one physiological alarm of a vital and sense (rule 2). */
export function physiologicalKey(vital: Vital, sense: Sense): string {
  return conditionKey(
    isDirection(sense)
      ? { cause: 'limit', vital, direction: sense }
      : { cause: 'change', vital, course: sense },
  );
}

/** The track of a vital and sense, if there is one. */
export function trackOfSense(track: VitalTrack | undefined, sense: Sense): LimitTrack | undefined {
  return isDirection(sense) ? track?.limits[sense] : track?.changes?.[sense];
}

/** Key in `live` of a technical alarm. */
export function technicalKey(device: DeviceId, condition: TechnicalCondition, vital: Vital | null): string {
  return `${device}:${condition}:${vital ?? ''}`;
}
