/**
 * A second, slow reading of clinical rules 1 to 7 to compare the alarm engine with, for a person whom nobody tends: no
 * alarm is ever acknowledged. It looks at a whole recording at once: lasting runs of values are found, and alarms are read off
 * them. It shares no code with the engine.
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
  /** When its condition ended although nobody had seen it (rule 6): high priority of the person's. */
  readonly latched: readonly number[];
  /** When its condition came back after that. */
  readonly recurred: readonly number[];
  /** When nobody had answered for as long as its priority allows (rule 7). */
  readonly escalated: readonly number[];
  /** Null: still live at the end. */
  readonly clear: number | null;
}

export interface ReadingOptions {
  readonly expectedIntervalMs: number;
  /** How long each circle has (rule 7), how many circles there are to call, how often that is looked at, and until when. */
  readonly response?: {
    readonly patienceMs: Readonly<Record<Priority, number | null>>;
    readonly furtherCircles: number;
    readonly lookEveryMs: number;
    readonly until: number;
  };
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
  response: ReadingOptions['response'],
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
    const onset = firstAfter(
      fired.map(({ t }) => t),
      free,
    );
    if (onset === null) return alarms;
    // What holds and lets go in turn, as far as the alarm lives: only what never was of high priority goes by itself.
    const [latched, recurred]: [number[], number[]] = [[], []];
    let clear: number | null = null;
    for (let from: number | null = onset; from !== null; ) {
      const end = firstAfter(cleared, from);
      if (end === null) break;
      if (!fired.some(({ t, priority }) => t >= onset && t < end && priority === 'high')) {
        clear = end;
        break;
      }
      latched.push(end);
      from = firstAfter(
        fired.map(({ t }) => t),
        end,
      );
      if (from !== null) recurred.push(from);
    }
    const during = fired.filter(({ t }) => t >= onset && (clear === null || t < clear));
    const priority = worstOf(during.map((one) => one.priority));
    const escalated = escalations(during, clear, response);
    alarms.push({
      ...{ kind: 'physiological', vital, direction, priority, onset, latched, recurred, escalated, clear },
    });
    free = clear ?? Number.POSITIVE_INFINITY;
  }
}

function firstAfter(times: readonly number[], t: number): number | null {
  const first = Math.min(...times.filter((time) => time > t));
  return first === Number.POSITIVE_INFINITY ? null : first;
}

function worstOf(priorities: readonly Priority[]): Priority {
  return priorities.reduce((worst, next) => (rank(next) > rank(worst) ? next : worst));
}

/**
 * When nobody answers (rule 7): from each time the alarm reached a higher priority, until it did so again or was over, one
 * further circle as often as that priority's patience has passed, as long as there is one.
 */
function escalations(
  fired: readonly { readonly t: number; readonly priority: Priority }[],
  clear: number | null,
  response: ReadingOptions['response'],
): readonly number[] {
  if (response === undefined) return [];
  const rises = fired
    .toSorted((a, b) => a.t - b.t || rank(b.priority) - rank(a.priority))
    .filter(({ priority }, i, all) =>
      all.slice(0, i).every((before) => rank(before.priority) < rank(priority)),
    );
  const found: number[] = [];
  for (const [i, { t, priority }] of rises.entries()) {
    const patience = response.patienceMs[priority];
    const until = Math.min(rises[i + 1]?.t ?? Number.POSITIVE_INFINITY, clear ?? Number.POSITIVE_INFINITY);
    for (let since = t; patience !== null && found.length < response.furtherCircles; ) {
      since = Math.ceil((since + patience) / response.lookEveryMs) * response.lookEveryMs;
      if (since >= until || since > response.until) break;
      found.push(since);
    }
  }
  return found;
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
    const never = { latched: [], recurred: [], escalated: [] };
    return [{ kind: 'technical', vital, direction: null, priority: 'low', onset, ...never, clear: next }];
  });
}

/**
 * Every alarm that the samples of one device on one patient give, by onset, then in catalogue order.
 * Delays are met at samples only: `t - first >= delay`. NaN and absent are the same. Times in milliseconds.
 */
export function readAlarms(
  samples: readonly Sample[],
  limits: readonly Limit[],
  options: ReadingOptions,
): ReadAlarm[] {
  const silenceMs = silenceLimit(options.expectedIntervalMs);
  const ordered = inOrder(samples);
  const alarms = VITAL_NAMES.flatMap((vital) => {
    const readings = readingsOf(ordered, vital);
    const ofDirections = DIRECTIONS.flatMap((direction) => {
      const tiers = limits.filter((limit) => limit.vital === vital && limit.direction === direction);
      return physiological(readings, tiers, silenceMs, options.response);
    });
    return [...ofDirections, ...signalLost(ordered, vital, silenceMs)];
  });
  return alarms.sort((a, b) => a.onset - b.onset);
}
