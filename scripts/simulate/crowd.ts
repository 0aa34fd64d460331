import type { EpochMs } from '../../src/core/clock.ts';
import { COURSE_KINDS, type Course, type CourseKind } from './course.ts';
import { createPerson, type Person } from './person.ts';
import { uniform } from './smooth-noise.ts';

export interface CrowdOptions {
  readonly count: number;
  readonly seed: number;
  readonly startAt: EpochMs;
  readonly intervalMs: number;
  /** Share of the people who deteriorate, 0 to 1. */
  readonly deteriorate: number;
  /** Earliest and latest onset after the start. */
  readonly onsetMs?: { readonly from: number; readonly to: number };
}

/** One of a crowd. */
export interface Member {
  readonly seed: number;
  readonly course: Course;
  readonly person: Person;
}

const DETERIORATIONS = COURSE_KINDS.filter(
  (kind): kind is Exclude<CourseKind, 'stable'> => kind !== 'stable',
);
const ONSET = { from: 10_000, to: 60_000 };

/** People of whom some deteriorate: the first ones, each with another course until all have come up. */
export function createCrowd(options: CrowdOptions): Member[] {
  const { count, seed, startAt, intervalMs, deteriorate, onsetMs = ONSET } = options;
  const failing = Math.round(count * deteriorate);
  return Array.from({ length: count }, (_, index) => {
    const own = Math.floor(uniform(seed, index) * 2 ** 31);
    const kind = DETERIORATIONS[index % DETERIORATIONS.length] ?? 'desaturation';
    const course: Course =
      index < failing
        ? { kind, onsetMs: Math.round(onsetMs.from + uniform(own, 99) * (onsetMs.to - onsetMs.from)) }
        : { kind: 'stable' };
    return { seed: own, course, person: createPerson({ seed: own, startAt, intervalMs, course }) };
  });
}
