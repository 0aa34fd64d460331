import type { EpochMs } from '../core/clock.ts';
import type { BacktestReport, EpisodeCriterion } from '../model/backtest.ts';
import type { EffectiveLimits } from '../model/effective-limits.ts';
import {
  type ClinicianId,
  type DeviceId,
  MANUAL_DEVICE,
  type ObservationId,
  type PatientId,
} from '../model/ids.ts';
import { type DeviceMoments, momentCount } from '../model/moments.ts';
import { QUALITIES, type Quality, type Sample } from '../model/sample.ts';
import type { Vital } from '../model/vital.ts';
import { limitsTally, onlyIn } from './backtest-tally.ts';
import type { EpisodeFinder } from './episodes.ts';
import { isGap } from './expected-interval.ts';
import { LimitsRun } from './limits-run.ts';
import { MissedEpisodes } from './missed-episodes.ts';

/** A longer distance between moments is time in which the patient was not measured, beyond that much of it. */
const MONITORED_AT_MOST_MS = 15 * 60_000;

/** What the registry knows of a device of the patient. */
export interface WornDevice {
  readonly device: DeviceId;
  /** How often it was registered to send; null: learned. Milliseconds. */
  readonly intervalMs: number | null;
  /** When the patient ceased to wear it, each time. */
  readonly takenOff: readonly EpochMs[];
}

/** Plain data: it crosses to another thread. */
export interface BacktestPlan {
  readonly patient: PatientId;
  /** Half-open [from, to). */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly today: EffectiveLimits;
  readonly proposed: EffectiveLimits;
  readonly episodes: readonly EpisodeCriterion[];
  readonly devices: readonly WornDevice[];
}

/** What a stored value does not tell of the observation that it was part of, and combinations do not ask. */
const BY_HAND = {
  id: 'stored' as ObservationId,
  by: 'unknown' as ClinicianId,
  oxygen: null,
  consciousness: null,
} as const;

/** One list of moments that is read on. */
interface Reel {
  readonly moments: DeviceMoments;
  readonly columns: readonly (readonly [Vital, Float64Array])[];
  at: number;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function sampleAt({ moments, columns, at }: Reel): Sample {
  const sample: Writable<Sample> = { t: moments.t[at] ?? Number.NaN };
  const quality: Quality = QUALITIES[moments.quality[at] ?? 0] ?? 'good';
  if (quality !== 'good') sample.quality = quality;
  for (const [vital, column] of columns) {
    const value = column[at];
    if (value !== undefined && !Number.isNaN(value)) sample[vital] = value;
  }
  return sample;
}

/** The reel whose next moment is the oldest; of several, the first. */
function oldestOf(reels: readonly Reel[]): Reel | null {
  let oldest: Reel | null = null;
  let oldestT = Number.POSITIVE_INFINITY;
  for (const reel of reels) {
    const t = reel.moments.t[reel.at];
    if (t === undefined || t >= oldestT) continue;
    [oldest, oldestT] = [reel, t];
  }
  return oldest;
}

/**
 * The same engine over stored history with today's limits and with proposed ones, side by side. Moments of all devices
 * are taken in time order and as timely, by the times as they are stored: nothing is late, and a device whose clock is
 * off is not set right. Both begin as if nothing were known of the patient before `from`.
 *
 * Nobody acknowledges in a back-test. An alarm counts as cleared when its condition ended, also where it would have
 * latched; the condition's return after that counts as a new alarm, not as one that recurred. Values entered by hand
 * raise nothing and count for no episode; they feed combinations. Technical alarms and NEWS2 are no matter of limits.
 */
export class Backtest {
  readonly #plan: BacktestPlan;
  readonly #today: LimitsRun;
  readonly #proposed: LimitsRun;
  readonly #episodes: MissedEpisodes;
  readonly #finders: ReadonlyMap<Vital, readonly EpisodeFinder[]>;
  readonly #intervals: ReadonlyMap<DeviceId, number | null>;
  /** Oldest last. */
  readonly #takenOff: { readonly device: DeviceId; readonly at: EpochMs }[];
  /** Time of the newest trusted value, by device. */
  readonly #trusted = new Map<DeviceId, Partial<Record<Vital, EpochMs>>>();
  #moments = 0;
  #monitoredMs = 0;
  #newest: EpochMs | null = null;

  constructor(plan: BacktestPlan) {
    this.#plan = plan;
    this.#today = new LimitsRun(plan.patient, plan.today);
    this.#proposed = new LimitsRun(plan.patient, plan.proposed);
    this.#episodes = new MissedEpisodes(plan.episodes, this.#today, this.#proposed);
    this.#finders = Map.groupBy(this.#episodes.finders, ({ criterion }) => criterion.vital);
    this.#intervals = new Map(plan.devices.map(({ device, intervalMs }) => [device, intervalMs]));
    this.#takenOff = plan.devices
      .flatMap(({ device, takenOff }) => takenOff.map((at) => ({ device, at })))
      .sort((a, b) => b.at - a.at);
  }

  /** Takes a stretch of the history, one list a device. Each stretch follows the one before. */
  take(lists: readonly DeviceMoments[]): void {
    this.#moments += momentCount(lists);
    const reels = lists.map(
      (moments): Reel => ({
        moments,
        columns: Object.entries(moments.values) as [Vital, Float64Array][],
        at: 0,
      }),
    );
    for (let reel = oldestOf(reels); reel !== null; reel = oldestOf(reels)) {
      const sample = sampleAt(reel);
      reel.at++;
      this.#release(sample.t);
      const { device } = reel.moments;
      if (device === MANUAL_DEVICE) this.#enter(sample);
      else this.#evaluate(device, sample, reel.columns);
    }
  }

  /** What came out of it, once everything was taken. */
  report(): BacktestReport {
    const { patient, from, to } = this.#plan;
    this.#release(to);
    for (const finder of this.#episodes.finders) finder.closeAll();
    const monitored = this.#monitoredMs / 1_000;
    const newest = this.#newest ?? from;
    const [today, proposed] = [this.#today, this.#proposed];
    return {
      ...{ patient, from, to, moments: this.#moments, monitored_s: monitored },
      today: limitsTally(today, monitored, newest),
      proposed: limitsTally(proposed, monitored, newest),
      only: { today: onlyIn(today, proposed), proposed: onlyIn(proposed, today) },
      episodes: this.#episodes.counts(),
      missed: this.#episodes.listed(),
    };
  }

  /** Takes off what the patient no longer wore at `t`. */
  #release(t: EpochMs): void {
    for (let next = this.#takenOff.at(-1); next !== undefined && next.at <= t; next = this.#takenOff.at(-1)) {
      this.#takenOff.pop();
      const { device, at } = next;
      this.#today.release(device, at);
      this.#proposed.release(device, at);
      this.#trusted.delete(device);
      for (const finder of this.#episodes.finders) finder.close(device);
    }
  }

  #enter({ t, quality: _, ...values }: Sample): void {
    const { patient } = this.#plan;
    const observation = { ...BY_HAND, patient, t, entered: t, values };
    this.#today.enter(observation);
    this.#proposed.enter(observation);
  }

  #evaluate(device: DeviceId, sample: Sample, columns: Reel['columns']): void {
    const { t } = sample;
    if (this.#newest !== null) this.#monitoredMs += Math.min(t - this.#newest, MONITORED_AT_MOST_MS);
    this.#newest = t;
    const intervalMs = this.#intervals.get(device) ?? null;
    const arrival = { device, samples: [sample], received: t, skew: 0, intervalMs };
    this.#today.evaluate(arrival);
    this.#proposed.evaluate(arrival);
    if (sample.quality === undefined) this.#lookForEpisodes(device, sample, columns, intervalMs);
  }

  /** After the runs have evaluated it: how long a silence may be is what the engine has learned. */
  #lookForEpisodes(
    device: DeviceId,
    sample: Sample,
    columns: Reel['columns'],
    intervalMs: number | null,
  ): void {
    for (const [vital] of columns) {
      const finders = this.#finders.get(vital);
      const value = sample[vital];
      if (finders === undefined || value === undefined) continue;
      const afterGap = this.#isAfterGap(device, vital, sample.t, intervalMs);
      for (const finder of finders) finder.take(device, sample.t, value, afterGap);
    }
  }

  #isAfterGap(device: DeviceId, vital: Vital, t: EpochMs, intervalMs: number | null): boolean {
    const trusted = this.#trusted.get(device) ?? {};
    const before = trusted[vital];
    trusted[vital] = t;
    if (before === undefined) this.#trusted.set(device, trusted);
    const track = this.#today.state.devices.get(device)?.vitals[vital];
    return before !== undefined && track !== undefined && isGap(t - before, vital, track, intervalMs);
  }
}
