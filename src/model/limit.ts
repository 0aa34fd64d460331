import type { Vital } from './vital.ts';

export const PRIORITIES = ['low', 'medium', 'high'] as const;
/** IEC 60601-1-8 alarm condition priorities. */
export type Priority = (typeof PRIORITIES)[number];

export const DIRECTIONS = ['low', 'high'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Whether it is a direction, and not a course. */
export function isDirection(sense: Direction | Course): sense is Direction {
  return sense === 'low' || sense === 'high';
}

export const COURSES = ['falling', 'rising'] as const;
/** Which way a vital goes. */
export type Course = (typeof COURSES)[number];

/** What every tier of a limit has, whatever it limits (clinical rules 1 and 2). */
export interface Tier {
  readonly priority: Priority;
  /** How long a breach must last, by sample time, before the tier alarms. Milliseconds. */
  readonly onset_delay_ms: number;
  /** How long the condition must be gone by its margin, by sample time, before the alarm goes. Milliseconds. */
  readonly clear_delay_ms: number;
}

/** One tier of an alarm limit (clinical rule 1). A breach is strictly beyond `threshold`. */
export interface Limit extends Tier {
  readonly vital: Vital;
  readonly direction: Direction;
  /** In the vital's catalogue unit. */
  readonly threshold: number;
  /** How far inside the mildest tier a value must be to count towards clearing. In the vital's unit. */
  readonly clear_margin: number;
}

/** One tier of a rate-of-change limit: a breach is a change by `change` or more within `window_ms`. */
export interface ChangeLimit extends Tier {
  readonly vital: Vital;
  readonly course: Course;
  /** Above 0, in the vital's unit. */
  readonly change: number;
  /** The same in every tier of a limit. Milliseconds of sample time. */
  readonly window_ms: number;
  /** By how much the change must be below `change` of the mildest tier to count towards clearing. */
  readonly clear_margin: number;
}

/** One of the conditions that a combination asks for at once. A breach is strictly beyond `threshold`. */
export interface CombinedCondition {
  readonly vital: Vital;
  readonly direction: Direction;
  readonly threshold: number;
  /** How far inside the mildest tier the value must be to count towards clearing. */
  readonly clear_margin: number;
}

/** One tier of a combination: a breach is when the newest values of all its vitals are beyond at the same time. */
export interface CombinationLimit extends Tier {
  readonly name: string;
  /** The same vitals and directions, in the same order, in every tier. */
  readonly conditions: readonly CombinedCondition[];
}

/** What a limit is set on: the narrowest scope that sets it wins, each by itself. */
export type LimitTarget =
  | { readonly kind: 'value'; readonly vital: Vital; readonly direction: Direction }
  | { readonly kind: 'change'; readonly vital: Vital; readonly course: Course }
  | { readonly kind: 'combination'; readonly name: string };

/** A target as text: `spo2:low`, `spo2:falling`, `combination:shock`. */
export function targetKey(target: LimitTarget): string {
  switch (target.kind) {
    case 'value':
      return `${target.vital}:${target.direction}`;
    case 'change':
      return `${target.vital}:${target.course}`;
    case 'combination':
      return `combination:${target.name}`;
  }
}

/** Numeric rank of a priority: a higher number is more urgent. */
export function rank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
