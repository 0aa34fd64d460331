import type { EpochMs } from '../core/clock.ts';
import type { PatientId, WardId } from './ids.ts';
import type { ChangeLimit, CombinationLimit, Course, Direction, Limit } from './limit.ts';
import type { Vital } from './vital.ts';

/** For whom a limit is set (clinical rule 1): the narrowest wins. */
export type LimitScope =
  | { readonly kind: 'default' }
  | { readonly kind: 'ward'; readonly ward: WardId }
  | { readonly kind: 'patient'; readonly patient: PatientId };

/**
 * What is chosen for one target: all its tiers. Empty: switched off in this scope. Null: not chosen here any more, the
 * next wider scope applies.
 */
export type LimitChoice =
  | {
      readonly kind: 'value';
      readonly vital: Vital;
      readonly direction: Direction;
      readonly tiers: readonly Limit[] | null;
    }
  | {
      readonly kind: 'change';
      readonly vital: Vital;
      readonly course: Course;
      readonly tiers: readonly ChangeLimit[] | null;
    }
  | {
      readonly kind: 'combination';
      readonly name: string;
      readonly tiers: readonly CombinationLimit[] | null;
    };

/** A choice made for a scope, with who made it, when and why. */
export type LimitOverride = LimitChoice & {
  readonly scope: LimitScope;
  readonly changed_by: string;
  readonly changed_at: EpochMs;
  readonly reason: string;
};

/** Characters of the reason for a choice: "COPD" is one. */
export const LIMIT_REASON_LENGTH = { least: 3, most: 500 } as const;
