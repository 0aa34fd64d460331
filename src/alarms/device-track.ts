import type { EpochMs } from '../core/clock.ts';
import type { EffectiveLimits } from '../model/effective-limits.ts';
import type { DeviceId } from '../model/ids.ts';
import { type Course, type Direction, isDirection, type Priority } from '../model/limit.ts';
import { VITALS, type Vital } from '../model/vital.ts';
import { RecentDistances } from './recent-distances.ts';

/**
 * A time that never was: before any other. Times that change with every sample are always numbers: one that may be null as
 * well is a new object each time it is set.
 */
export const NEVER: EpochMs = Number.NEGATIVE_INFINITY;

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
  readonly vital: Vital;
  /** See `VitalDefinition.varies`. */
  readonly varies: boolean;
  /** Newest sample time evaluated against limits; a sample not newer is late. */
  evaluatedAt: EpochMs;
  /** Newest timely sample time with any value, trusted or not; `NEVER` before the first: it is not missed. */
  seenAt: EpochMs;
  /**
   * Known from the alarm log, no value since: `seenAt` is then the first sample time of the device, so that the vital is
   * missed in its turn and not for the time the server was away.
   */
  awaited: boolean;
  /** Between sample times. */
  readonly intervals: RecentDistances;
  limits: Partial<Record<Direction, LimitTrack>>;
  /** Null: no limit on how it changes was in force lately. */
  changes: Partial<Record<Course, ChangeTrack>> | null;
  /** The value at `evaluatedAt`; means nothing while `lastMeasured` is `NEVER`. */
  lastValue: number;
  /** When it was measured, by the server's clock; `NEVER`: there is none, or it stood still for too long to be trusted. */
  lastMeasured: EpochMs;
  retrospective: Partial<Record<Direction, RetrospectiveTrack>> | null;
  /** The value repeated since `stillSince`, for what should vary; NaN: known to stand still, not where. */
  stillValue: number;
  stillSince: EpochMs;
  /** The entry in `SubjectState.newest`, once there is one; not written down, as everything below. */
  newest: NewestValue | null;
  /** The limits under which values of [`restFrom`, `restTo`] change nothing in `limits`; null: any value may. */
  restUnder: EffectiveLimits | null;
  restFrom: number;
  restTo: number;
}

/** Bad data that goes on: its first and newest sample time, and since when data has been good again. */
export interface BadEpisode {
  since: EpochMs;
  until: EpochMs;
  goodSince: EpochMs | null;
}

/** What is known of one device of the subject. */
export interface DeviceTrack {
  connected: boolean;
  /** Server time of the newest arrival of timely samples. */
  arrivedAt: EpochMs;
  /** Server time since which it is missed although nothing timely arrived yet; null: nobody waits for it. */
  expected: EpochMs | null;
  /** Server time of the first arrival with a timely sample, and how often it was registered to send. */
  heard: { readonly since: EpochMs; readonly registeredMs: number | null } | null;
  /** Between these arrivals. */
  readonly arrivals: RecentDistances;
  readonly vitals: Partial<Record<Vital, VitalTrack>>;
  /** The same tracks, in the order in which they were begun. */
  readonly tracks: VitalTrack[];
  /** By condition and vital; null: there is none. */
  bad: Map<string, BadEpisode> | null;
  /** Episodes in late samples may be under way: see `VitalTrack.retrospective`. */
  late: boolean;
  /** It was let go of: this is not the state of any device any more. */
  released: boolean;
}

/** The newest trusted value of a vital, whichever device it is of. */
export interface NewestValue {
  value: number;
  /** When it was measured, by the server's clock: devices of one patient need not agree on the time. */
  measured: EpochMs;
  /** Null: entered by hand. */
  device: DeviceId | null;
}

/**
 * Whether what is known of `known` is newer than what was measured at `measured`, and stays. Nothing was measured later
 * than `now`, the server's time: what seems so is from before the server's clock was set back, and would shut out all that
 * comes until the clock is there again.
 */
export function isNewer(known: EpochMs, measured: EpochMs, now: EpochMs): boolean {
  return known > measured && known <= now;
}

/** Puts the value in the place of `known`, unless that is newer. @param now server time */
export function rememberUnlessNewer(
  known: NewestValue,
  value: number,
  measured: EpochMs,
  device: DeviceId | null,
  now: EpochMs,
): void {
  if (isNewer(known.measured, measured, now)) return;
  known.value = value;
  known.measured = measured;
  known.device = device;
}

/** The vital's track of a device, begun when there is none. */
export function vitalTrack(device: DeviceTrack, vital: Vital): VitalTrack {
  let track = device.vitals[vital];
  if (!track) {
    track = {
      vital,
      varies: VITALS[vital].varies,
      evaluatedAt: NEVER,
      seenAt: NEVER,
      awaited: false,
      intervals: new RecentDistances(),
      limits: {},
      changes: null,
      lastValue: Number.NaN,
      lastMeasured: NEVER,
      retrospective: null,
      stillValue: Number.NaN,
      stillSince: NEVER,
      newest: null,
      restUnder: null,
      restFrom: Number.NaN,
      restTo: Number.NaN,
    };
    device.vitals[vital] = track;
    device.tracks.push(track);
  }
  return track;
}

/** Newest sample time of the vital that was evaluated; null: none was. */
export function lastEvaluated(track: VitalTrack | undefined): EpochMs | null {
  return track === undefined || track.evaluatedAt === NEVER ? null : track.evaluatedAt;
}

/** Which way a vital is limited: what it is, or how it changes. */
export type Sense = Direction | Course;

/** The track of a vital and sense, if there is one. */
export function trackOfSense(track: VitalTrack | undefined, sense: Sense): LimitTrack | undefined {
  return isDirection(sense) ? track?.limits[sense] : track?.changes?.[sense];
}

/** Of a device of which nothing is known yet. */
export function newDeviceTrack(): DeviceTrack {
  return {
    connected: false,
    arrivedAt: NEVER,
    expected: null,
    heard: null,
    arrivals: new RecentDistances(),
    vitals: {},
    tracks: [],
    bad: null,
    late: false,
    released: false,
  };
}
