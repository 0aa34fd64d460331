import type { Sample } from '../../../src/model/sample.ts';
import type { Seeded } from '../../attack/seeded.ts';

/** What is to become of a patient's alarm before the kill. */
export const COURSES_OF_ALARMS = [
  'on',
  'high',
  'latched',
  'acknowledged',
  'shelved',
  'recurring',
  'over',
] as const;
export type CourseName = (typeof COURSES_OF_ALARMS)[number];

/** Samples that go into one frame, and when it is sent. */
export interface PlannedFrame {
  /** Real milliseconds after the start. */
  readonly at: number;
  readonly samples: readonly Sample[];
}

export interface PatientPlan {
  readonly course: CourseName;
  readonly frames: readonly PlannedFrame[];
  /** Sent when the server is back: the condition is gone in it. */
  readonly afterwards: readonly Sample[];
}

/** The frames of a plan are sent within this time. Real milliseconds. */
export const PLAN_MS = 1_500;
/** Samples are older than they are when they are sent, and not so old that they are late (clinical rule 3: 60 s). */
const FIRST_SAMPLE_AGO_S = 42;
const AFTERWARDS_AGO_S = 10;

const NORMAL = { heart_rate: 80, spo2: 97 };
/** Beats a minute: past the medium limit, past the high one. */
const MEDIUM = { heart_rate: 130, spo2: 97 };
const HIGH = { heart_rate: 170, spo2: 97 };

/** What is measured, in stretches of so many seconds; a medium breach takes 10 s to alarm, 5 s to clear. */
const STRETCHES: Readonly<
  Record<CourseName, readonly (readonly [seconds: number, values: typeof NORMAL])[]>
> = {
  on: [
    [3, NORMAL],
    [26, MEDIUM],
  ],
  high: [
    [3, NORMAL],
    [26, HIGH],
  ],
  latched: [
    [2, NORMAL],
    [13, HIGH],
    [14, NORMAL],
  ],
  acknowledged: [
    [2, NORMAL],
    [27, MEDIUM],
  ],
  shelved: [
    [2, NORMAL],
    [27, MEDIUM],
  ],
  recurring: [
    [1, NORMAL],
    [8, HIGH],
    [10, NORMAL],
    [10, HIGH],
  ],
  over: [
    [2, NORMAL],
    [14, MEDIUM],
    [13, NORMAL],
  ],
};

/** The frames of one patient, cut and timed by chance. @param start epoch ms */
export function planOf(course: CourseName, start: number, random: Seeded): PatientPlan {
  const values = STRETCHES[course].flatMap(([seconds, one]) => Array.from({ length: seconds }, () => one));
  const samples = values.map((one, i) => ({
    t: start - (FIRST_SAMPLE_AGO_S - i) * 1_000 + random.below(200),
    ...one,
    heart_rate: one.heart_rate + random.below(5),
  }));
  const frames: PlannedFrame[] = [];
  let at = random.below(PLAN_MS / 3);
  for (let first = 0; first < samples.length; ) {
    const count = 1 + random.below(8);
    frames.push({ at, samples: samples.slice(first, first + count) });
    first += count;
    at = Math.min(PLAN_MS, at + random.below(150));
  }
  const afterwards = Array.from({ length: AFTERWARDS_AGO_S }, (_, i) => ({
    t: start - (AFTERWARDS_AGO_S - i) * 1_000,
    ...NORMAL,
    heart_rate: NORMAL.heart_rate + random.below(5),
  }));
  return { course, frames, afterwards };
}
