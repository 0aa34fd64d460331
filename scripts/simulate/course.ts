/** What becomes of a person over the minutes. Offsets are in ms after the person's start. */
export const COURSE_KINDS = [
  'stable',
  'desaturation',
  'tachycardia',
  'bradycardia',
  'bradypnoea',
  'tachypnoea',
  'fever',
  'hypotension',
] as const;
export type CourseKind = (typeof COURSE_KINDS)[number];

export type Course =
  | { readonly kind: 'stable' }
  | {
      readonly kind: Exclude<CourseKind, 'stable'>;
      /** When it begins. */
      readonly onsetMs: number;
      /** How long it takes to be fully there. */
      readonly rampMs?: number;
      /** How long it then lasts; absent: for good. */
      readonly holdMs?: number;
      /** 1: as the course is meant, well past the limits for high priority where there are any; 0.5: half of it. */
      readonly severity?: number;
    };

/** What a fully developed course adds to a person's values, in the vitals' units. */
export interface Shift {
  readonly heart_rate: number;
  readonly resp_rate: number;
  readonly spo2: number;
  readonly core_temp: number;
  readonly systolic_bp: number;
}

const NONE: Shift = { heart_rate: 0, resp_rate: 0, spo2: 0, core_temp: 0, systolic_bp: 0 };

/**
 * One sign seldom comes alone: a falling saturation drives breathing and heart, fever about ten beats a degree
 * (Liebermeister), and a failing drive to breathe lets the saturation follow.
 */
const FULL: Readonly<Record<Exclude<CourseKind, 'stable'>, Partial<Shift>>> = {
  desaturation: { spo2: -16, heart_rate: 22, resp_rate: 7, systolic_bp: 8 },
  tachycardia: { heart_rate: 88, resp_rate: 5, systolic_bp: -12 },
  bradycardia: { heart_rate: -38, systolic_bp: -14 },
  bradypnoea: { resp_rate: -11, spo2: -7, heart_rate: -4 },
  tachypnoea: { resp_rate: 18, heart_rate: 16, spo2: -3 },
  fever: { core_temp: 2.9, heart_rate: 27, resp_rate: 5 },
  hypotension: { systolic_bp: -55, heart_rate: 30, resp_rate: 4 },
};

/** Usual time to full course: minutes, but for a fever, which takes an hour. */
const RAMP_MS: Readonly<Record<Exclude<CourseKind, 'stable'>, number>> = {
  desaturation: 4 * 60_000,
  tachycardia: 3 * 60_000,
  bradycardia: 3 * 60_000,
  bradypnoea: 6 * 60_000,
  tachypnoea: 6 * 60_000,
  fever: 60 * 60_000,
  hypotension: 8 * 60_000,
};

function smoothStep(x: number): number {
  const within = Math.min(1, Math.max(0, x));
  return within * within * (3 - 2 * within);
}

/** How much of the course is there at `offsetMs`, 0 to 1: it comes, stays, and goes as it came. */
export function courseStrength(course: Course, offsetMs: number): number {
  if (course.kind === 'stable') return 0;
  const { onsetMs, rampMs = RAMP_MS[course.kind], holdMs = Number.POSITIVE_INFINITY } = course;
  const since = offsetMs - onsetMs;
  if (since < 0) return 0;
  const rising = rampMs === 0 ? 1 : smoothStep(since / rampMs);
  const endOfHold = rampMs + holdMs;
  if (since <= endOfHold) return rising;
  return rampMs === 0 ? 0 : 1 - smoothStep((since - endOfHold) / rampMs);
}

/** What the course adds to a person's values at `offsetMs`. */
export function courseShift(course: Course, offsetMs: number): Shift {
  const strength = courseStrength(course, offsetMs);
  if (course.kind === 'stable' || strength === 0) return NONE;
  const full: Shift = { ...NONE, ...FULL[course.kind] };
  const factor = strength * (course.severity ?? 1);
  return {
    heart_rate: factor * full.heart_rate,
    resp_rate: factor * full.resp_rate,
    spo2: factor * full.spo2,
    core_temp: factor * full.core_temp,
    systolic_bp: factor * full.systolic_bp,
  };
}
