import type { EpochMs } from '../core/clock.ts';
import { DEFAULT_LIMITS } from './default-limits.ts';
import type { AlarmId, DeviceId, PatientId } from './ids.ts';
import type { Direction, Priority } from './limit.ts';
import type { Vital } from './vital.ts';

/** The longest history that one back-test looks at. Milliseconds. */
export const MAX_BACKTEST_MS = 7 * 86_400_000;

/** The most moments, of all devices together, that one back-test looks at: a week of seconds of one device, and more. */
export const MAX_BACKTEST_MOMENTS = 1_000_000;

/** How many alarms, and how many episodes, a report lists; what it counts is exact however many there are. */
export const MAX_BACKTEST_LISTED = 200;

/** How many kinds of episode one back-test looks for. */
export const MAX_EPISODE_CRITERIA = 20;

/** What counts as a real episode, whatever the limits: every run of trusted values beyond a bound for long enough. */
export interface EpisodeCriterion {
  readonly vital: Vital;
  readonly direction: Direction;
  /** A value is in the episode when it is strictly beyond, in the vital's unit. */
  readonly beyond: number;
  /** From the first to the last value of the run; at least 1. */
  readonly longer_than_s: number;
}

const DEFAULT_LONGER_THAN_S = 60;

/** The episodes looked for unless others are asked for: a minute or more beyond a high-priority built-in limit. */
export const DEFAULT_EPISODES: readonly EpisodeCriterion[] = DEFAULT_LIMITS.filter(
  ({ priority }) => priority === 'high',
).map(({ vital, direction, threshold }) => ({
  vital,
  direction,
  beyond: threshold,
  longer_than_s: DEFAULT_LONGER_THAN_S,
}));

/** Figures of the alarms that limits give. */
export interface AlarmTally {
  readonly raised: number;
  /** Of those, how many ended: their condition was gone, latched or not. */
  readonly cleared: number;
  /** Of those, how many would have waited for a person after their end (clinical rule 6). */
  readonly latched: number;
  /** By the highest priority each reached. */
  readonly by_priority: Readonly<Record<Priority, number>>;
  /** The same for 24 monitored hours; null when nothing was monitored. */
  readonly a_patient_day: Readonly<Record<Priority, number>> | null;
  /** From onset to end; one that did not end counts up to the newest moment. Null: no alarms. */
  readonly median_s: number | null;
  readonly longest_s: number | null;
}

/** The figures of all alarms, and of each target's that gave any, e.g. `spo2:low`, `combination:shock`. */
export interface LimitsTally extends AlarmTally {
  readonly targets: Readonly<Record<string, AlarmTally>>;
}

/** An alarm that limits would have given. */
export interface BacktestAlarm {
  readonly id: AlarmId;
  readonly target: string;
  /** The highest it reached. */
  readonly priority: Priority;
  readonly onset: EpochMs;
  /** Null: not before the end of the history. */
  readonly ended: EpochMs | null;
}

/** An episode within which today's limits, or the proposed ones, gave no alarm of its vital and direction. */
export interface MissedEpisode {
  readonly device: DeviceId;
  readonly vital: Vital;
  readonly direction: Direction;
  readonly beyond: number;
  /** Its first and its last value. */
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly lasted_s: number;
  /** The value farthest beyond. */
  readonly worst: number;
  /** Whether a limit alarm of the vital and direction was live at any time within it. */
  readonly alarmed: { readonly today: boolean; readonly proposed: boolean };
}

/** How many episodes of one kind there were, and how many went without an alarm. */
export interface EpisodeCount extends EpisodeCriterion {
  readonly found: number;
  readonly missed: { readonly today: number; readonly proposed: number };
}

export interface CountedAlarms {
  readonly count: number;
  /** The oldest of them. */
  readonly alarms: readonly BacktestAlarm[];
}

/** What limits would have done over stored history, beside what those in force would have. */
export interface BacktestReport {
  readonly patient: PatientId;
  /** Half-open [from, to). */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Moments evaluated, of all devices. */
  readonly moments: number;
  /** How long the patient was measured: distances between moments, none counted for more than 15 minutes. */
  readonly monitored_s: number;
  readonly today: LimitsTally;
  readonly proposed: LimitsTally;
  /** Alarms of a target at a time at which the other limits gave none of that target. */
  readonly only: { readonly today: CountedAlarms; readonly proposed: CountedAlarms };
  readonly episodes: readonly EpisodeCount[];
  /** Those that only the proposed limits miss come first, then those that both miss, then those only today's do. */
  readonly missed: readonly MissedEpisode[];
}
