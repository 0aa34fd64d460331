import type { EpochMs } from '../../src/core/clock.ts';
import type { Quality, Sample } from '../../src/model/sample.ts';
import type { Vital } from '../../src/model/vital.ts';
import { type Course, courseShift } from './course.ts';
import { pinkNoise, smoothNoise, uniform } from './smooth-noise.ts';

export interface PersonOptions {
  /** Everything about the person follows from it. */
  readonly seed: number;
  readonly startAt: EpochMs;
  readonly course?: Course;
  /** How often the wearable measures; default one second. */
  readonly intervalMs?: number;
  /** Whether movement and lost contact disturb the measurement; default true. */
  readonly artefacts?: boolean;
}

/** A wearer: what is true of them at a time, and what their wearable makes of it. */
export interface Person {
  readonly traits: Traits;
  /** Values as they are. */
  physiology(t: EpochMs): Physiology;
  /**
   * What the wearable measures at `t`; null when it gets nothing. A pure function of the seed and both. `intervalMs` is until
   * it measures again, if not as at first: what it measures seldom is due once in any interval.
   */
  sampleAt(t: EpochMs, intervalMs?: number): Sample | null;
}

/** A person's own resting values. */
export interface Traits {
  readonly restingHeartRate: number;
  readonly restingRespRate: number;
  readonly restingSpo2: number;
  readonly restingSystolic: number;
  readonly restingTemp: number;
}

export interface Physiology {
  readonly heartRate: number;
  readonly respRate: number;
  readonly spo2: number;
  readonly coreTemp: number;
  readonly skinTemp: number;
  readonly systolic: number;
  readonly diastolic: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BODY_TEMP_EVERY_MS = MINUTE;
const PRESSURE_EVERY_MS = 5 * MINUTE;

/** A wave of one day that peaks at `peakHour` (UTC). */
function circadian(t: EpochMs, peakHour: number): number {
  return Math.cos((2 * Math.PI * (t - peakHour * HOUR)) / DAY);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/** Makes a person. Resting values are spread as among adults on a ward, well inside the default alarm limits. */
export function createPerson(options: PersonOptions): Person {
  const {
    seed,
    startAt,
    course = { kind: 'stable' },
    intervalMs: usual = SECOND,
    artefacts = true,
  } = options;
  const trait = (n: number, low: number, high: number): number => low + uniform(seed, n) * (high - low);
  const traits: Traits = {
    restingHeartRate: trait(1, 62, 88),
    restingRespRate: trait(2, 13, 18),
    restingSpo2: trait(3, 95.5, 98.5),
    restingSystolic: trait(4, 108, 138),
    restingTemp: trait(5, 36.4, 37.0),
  };

  const physiology = (t: EpochMs): Physiology => {
    const shift = courseShift(course, t - startAt);
    // Heart and breath slow down at night, temperature peaks in the late afternoon.
    const day = circadian(t, 15);
    const effort = pinkNoise(seed + 11, t, 8 * MINUTE);
    const respRate = clamp(
      traits.restingRespRate +
        0.8 * day +
        0.9 * effort +
        1.1 * pinkNoise(seed + 12, t, 2 * MINUTE) +
        shift.resp_rate,
      2,
      60,
    );
    // Respiratory sinus arrhythmia: the heart follows the breath.
    const breath = Math.sin((2 * Math.PI * (t - startAt) * traits.restingRespRate) / MINUTE);
    const heartRate = clamp(
      traits.restingHeartRate +
        4 * day +
        4 * effort +
        2.5 * pinkNoise(seed + 13, t, 90 * SECOND) +
        1.2 * breath +
        shift.heart_rate,
      25,
      230,
    );
    const spo2 = clamp(traits.restingSpo2 + 0.9 * pinkNoise(seed + 14, t, 3 * MINUTE) + shift.spo2, 50, 100);
    const coreTemp =
      traits.restingTemp +
      0.3 * circadian(t, 17) +
      0.08 * pinkNoise(seed + 15, t, 30 * MINUTE) +
      shift.core_temp;
    const systolic = clamp(
      traits.restingSystolic + 4 * day + 5 * pinkNoise(seed + 16, t, 40 * MINUTE) + shift.systolic_bp,
      45,
      240,
    );
    return {
      heartRate,
      respRate,
      spo2,
      coreTemp,
      skinTemp: coreTemp - 3.2 + 0.5 * pinkNoise(seed + 17, t, 20 * MINUTE),
      systolic,
      diastolic: systolic * 0.62 + 2 * smoothNoise(seed + 18, t, 10 * MINUTE),
    };
  };

  const sampleAt = (t: EpochMs, intervalMs = usual): Sample | null => {
    const quality = artefacts ? qualityAt(seed, t - startAt) : 'good';
    if (quality === null) return null;
    const now = physiology(t);
    // A moving arm shakes the optical sensor: heart rate locks to the step, saturation reads low.
    const shake = quality === 'motion' ? smoothNoise(seed + 31, t, 2 * SECOND) : 0;
    const values: Partial<Record<Vital, number>> = {
      heart_rate: Math.round(clamp(now.heartRate + 18 * shake, 25, 230)),
      resp_rate: Math.round(clamp(now.respRate + 5 * shake, 0, 60)),
      spo2: Math.round(clamp(now.spo2 - 4 * Math.abs(shake), 50, 100)),
      skin_temp: round(now.skinTemp, 1),
    };
    if (isDue(t, startAt, BODY_TEMP_EVERY_MS, intervalMs)) values.body_temp = round(now.coreTemp, 1);
    if (isDue(t, startAt, PRESSURE_EVERY_MS, intervalMs)) {
      values.systolic_bp = Math.round(now.systolic);
      values.diastolic_bp = Math.round(now.diastolic);
      values.mean_bp = Math.round(now.diastolic + (now.systolic - now.diastolic) / 3);
    }
    return { t, ...values, ...(quality === 'good' ? {} : { quality }) };
  };

  return { traits, physiology, sampleAt };
}

/** Whether a slow measurement falls into the interval that begins at `t`; the first one does at the start. */
function isDue(t: EpochMs, startAt: EpochMs, everyMs: number, intervalMs: number): boolean {
  const since = t - startAt;
  return since >= 0 && since % everyMs < intervalMs;
}

/**
 * How the measurement is at an offset: now and then half a minute of movement, seldom a few seconds without a reading.
 * The first half minute is good, so that a short look at the stream shows values.
 */
function qualityAt(seed: number, offsetMs: number): Quality | null {
  const span = Math.floor(offsetMs / (30 * SECOND));
  if (span <= 0) return 'good';
  const draw = uniform(seed + 21, span);
  const within = offsetMs - span * 30 * SECOND;
  const length = 4 * SECOND + uniform(seed + 22, span) * 22 * SECOND;
  if (within >= length) return 'good';
  if (draw < 0.05) return 'motion';
  if (draw < 0.06) return 'poor_contact';
  return draw < 0.075 && within < 8 * SECOND ? null : 'good';
}
