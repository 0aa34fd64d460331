import type { Vital } from './vital.ts';

export const PRIORITIES = ['low', 'medium', 'high'] as const;
/** IEC 60601-1-8 alarm condition priorities. */
export type Priority = (typeof PRIORITIES)[number];

export const DIRECTIONS = ['low', 'high'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** One tier of an alarm limit (clinical rule 1). A breach is strictly beyond `threshold`. */
export interface Limit {
  readonly vital: Vital;
  readonly direction: Direction;
  readonly priority: Priority;
  /** In the vital's catalogue unit. */
  readonly threshold: number;
  /** How long a breach must last, by sample time, before the tier alarms. Milliseconds. */
  readonly onset_delay_ms: number;
  /** How far inside the mildest tier a value must be to count towards clearing. In the vital's unit. */
  readonly clear_margin: number;
  /** How long it must stay there, by sample time. Milliseconds. */
  readonly clear_delay_ms: number;
}

/** Numeric rank of a priority: a higher number is more urgent. */
export function rank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
