/**
 * A second, slow reading of clinical rules 1 to 5 to compare the alarm engine with. It looks at a whole recording
 * at once: lasting runs of values are found, and alarms are read off them. It shares no code with the engine.
 *
 * Not read here: late samples (taken out, never retrospective events), the condition of bad data itself
 * (`motion`, `impossible_value`, `frozen_value`), and `device_offline`, which needs the socket.
 */
import { DIRECTIONS, type Direction, type Limit, type Priority, rank } from '../../src/model/limit.ts';
import type { Sample } from '../../src/model/sample.ts';
import { isPossible, VITAL_NAMES, type Vital } from '../../src/model/vital.ts';

export interface ReadAlarm {
  readonly kind: 'physiological' | 'technical';
  readonly vital: Vital;
  /** Null: `signal_lost`, the only technical condition read here. */
  readonly direction: Direction | null;
  /** The highest reached. The rules give technical alarms none; `low` here. */
  readonly priority: Priority;
  /** When it was raised, after the onset delay. Milliseconds of sample time. */
  readonly onset: number;
  /** Null: still live at the end. */
  readonly clear: number | null;
}

interface Reading {
  readonly t: number;
  readonly value: number;
}

/** Silence longer than this starts delays anew; silence as long as this is a lost signal (rule 4). */
function silenceLimit(expectedIntervalMs: number): number {
  return Math.max(10_000, 3 * expectedIntervalMs);
}

/** Samples newer than all before them; the others are late (rule 3). */
function inOrder(samples: readonly Sample[]): readonly Sample[] {
  return samples.filter((sample, i) => samples.slice(0, i).every((earlier) => earlier.t < sample.t));
}

/** The values of one vital that may raise or clear a physiological alarm (rules 4 and 5). */
function readingsOf(samples: readonly Sample[], vital: Vital): readonly Reading[] {
  return samples.flatMap(({ t, quality = 'good', [vital]: value }) =>
    quality === 'good' && value !== undefined && isPossible(vital, value) ? [{ t, value }] : [],
  );
}

/** The longest stretches of successive readings that all hold, cut where silence is longer than the limit. */
function runs(
  readings: readonly Reading[],
  holds: (value: number) => boolean,
  silenceMs: number,
): readonly (readonly Reading[])[] {
  const found: Reading[][] = [];
  let open: Reading[] = [];
  let before: Reading | undefined;
  for (const reading of readings) {
    if (before !== undefined && reading.t - before.t > silenceMs) open = [];
    if (!holds(reading.value)) open = [];
    else if (open.push(reading) === 1) found.push(open);
    before = reading;
  }
  return found;
}

/** When each run has lasted `delayMs`, for those that do: the time of its first reading that late. */
function lasting(found: readonly (readonly Reading[])[], delayMs: number): readonly number[] {
  return found.flatMap((run) => {
    const first = run[0];
    const late = first && run.find((reading) => reading.t - first.t >= delayMs);
    return late ? [late.t] : [];
  });
}

/** The tier that is breached first: the highest low threshold, the lowest high one. */
function mildest(tiers: readonly Limit[]): Limit | undefined {
  return [...tiers].sort((a, b) =>
    a.direction === 'low' ? b.threshold - a.threshold : a.threshold - b.threshold,
  )[0];
}

/** All alarms of one vital and direction (rule 2). `tiers` are the limits of both and of nothing else. */
function physiological(
  readings: readonly Reading[],
  tiers: readonly Limit[],
  silenceMs: number,
): readonly ReadAlarm[] {
  const mild = mildest(tiers);
  if (mild === undefined) return [];
  const { vital, direction } = mild;
  const sign = direction === 'low' ? -1 : 1;

  const fired = tiers.flatMap((tier) => {
    const breaches = (value: number): boolean => sign * value > sign * tier.threshold;
    return lasting(runs(readings, breaches, silenceMs), tier.onset_delay_ms).map((t) => ({
      t,
      priority: tier.priority,
    }));
  });
  const isInside = (value: number): boolean =>
    sign * value <= sign * (mild.threshold - sign * mild.clear_margin);
  const cleared = lasting(runs(readings, isInside, silenceMs), mild.clear_delay_ms);

  const alarms: ReadAlarm[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (;;) {
    const onset = Math.min(...fired.map(({ t }) => t).filter((t) => t > free));
    if (onset === Number.POSITIVE_INFINITY) return alarms;
    const clear = Math.min(...cleared.filter((t) => t > onset));
    const reached = fired.filter(({ t }) => t >= onset && t < clear).map(({ priority }) => priority);
    const priority = reached.reduce((worst, next) => (rank(next) > rank(worst) ? next : worst));
    const end = clear === Number.POSITIVE_INFINITY ? null : clear;
    alarms.push({ kind: 'physiological', vital, direction, priority, onset, clear: end });
    free = clear;
  }
}

/**
 * `signal_lost` of one vital (rule 4): the device sends samples without it when its newest value is as old as the
 * silence limit. It ends with the next value of any quality. A vital that never came is not lost.
 */
function signalLost(samples: readonly Sample[], vital: Vital, silenceMs: number): readonly ReadAlarm[] {
  const valueTimes = samples.flatMap((sample) => (Number.isFinite(sample[vital]) ? [sample.t] : []));
  return valueTimes.flatMap((last, i): ReadAlarm[] => {
    const next = valueTimes[i + 1] ?? null;
    const onset = samples.find(({ t }) => t - last >= silenceMs && (next === null || t < next))?.t;
    if (onset === undefined) return [];
    return [{ kind: 'technical', vital, direction: null, priority: 'low', onset, clear: next }];
  });
}

/**
 * Every alarm that the samples of one device on one patient give, by onset, then in catalogue order.
 * Delays are met at samples only: `t - first >= delay`. NaN and absent are the same. Times in milliseconds.
 */
export function readAlarms(
  samples: readonly Sample[],
  limits: readonly Limit[],
  options: { readonly expectedIntervalMs: number },
): ReadAlarm[] {
  const silenceMs = silenceLimit(options.expectedIntervalMs);
  const ordered = inOrder(samples);
  const alarms = VITAL_NAMES.flatMap((vital) => {
    const readings = readingsOf(ordered, vital);
    const ofDirections = DIRECTIONS.flatMap((direction) => {
      const tiers = limits.filter((limit) => limit.vital === vital && limit.direction === direction);
      return physiological(readings, tiers, silenceMs);
    });
    return [...ofDirections, ...signalLost(ordered, vital, silenceMs)];
  });
  return alarms.sort((a, b) => a.onset - b.onset);
}
