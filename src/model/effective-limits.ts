import type { PatientId, WardId } from './ids.ts';
import {
  type ChangeLimit,
  type CombinationLimit,
  type Course,
  type Direction,
  type Limit,
  rank,
  type Tier,
  targetKey,
} from './limit.ts';
import type { LimitChoice, LimitOverride, LimitScope } from './limit-override.ts';
import type { Vital } from './vital.ts';

/** The tiers of one target, mildest first; never none. */
export type Tiers<T extends Tier> = readonly [T, ...T[]];

/** A combination in force. */
export interface EffectiveCombination {
  readonly name: string;
  readonly tiers: Tiers<CombinationLimit>;
}

/** The limits in force for one patient; what has no limits is absent. */
export interface EffectiveLimits {
  readonly values: Readonly<Partial<Record<Vital, Readonly<Partial<Record<Direction, Tiers<Limit>>>>>>>;
  readonly changes: Readonly<Partial<Record<Vital, Readonly<Partial<Record<Course, Tiers<ChangeLimit>>>>>>>;
  readonly combinations: readonly EffectiveCombination[];
}

/** Nothing is limited. */
export const NO_LIMITS: EffectiveLimits = { values: {}, changes: {}, combinations: [] };

/** What is in force for one target and where it comes from; null: from the built-in defaults. */
export interface ChosenLimit {
  readonly choice: LimitChoice;
  readonly from: LimitOverride | null;
}

/** How narrow a scope is for this patient: 0 default, 1 ward, 2 patient; -1 when it is somebody else's. */
export function narrowness(scope: LimitScope, patient: PatientId | null, ward: WardId | null): number {
  switch (scope.kind) {
    case 'default':
      return 0;
    case 'ward':
      return scope.ward === ward ? 1 : -1;
    case 'patient':
      return scope.patient === patient ? 2 : -1;
  }
}

/** Built-in limits as choices, one a vital and direction. */
export function choicesOf(defaults: readonly Limit[]): readonly LimitChoice[] {
  const byTarget = Map.groupBy(defaults, ({ vital, direction }) =>
    targetKey({ kind: 'value', vital, direction }),
  );
  return [...byTarget.values()].flatMap((tiers): LimitChoice[] => {
    const [first] = tiers;
    return first ? [{ kind: 'value', vital: first.vital, direction: first.direction, tiers }] : [];
  });
}

/**
 * What is chosen for every target that anything is chosen for, by the narrowest scope that does (clinical rule 1).
 * @param patient null: for a ward, or with a null ward too, for everyone
 */
export function chosenLimits(
  defaults: readonly Limit[],
  overrides: readonly LimitOverride[],
  patient: PatientId | null,
  ward: WardId | null,
): ReadonlyMap<string, ChosenLimit> {
  const chosen = new Map<string, ChosenLimit>();
  for (const choice of choicesOf(defaults)) chosen.set(targetKey(choice), { choice, from: null });
  for (const override of overrides) {
    const width = override.tiers === null ? -1 : narrowness(override.scope, patient, ward);
    if (width < 0) continue;
    const key = targetKey(override);
    const other = chosen.get(key)?.from;
    if (other && narrowness(other.scope, patient, ward) > width) continue;
    chosen.set(key, { choice: override, from: override });
  }
  return chosen;
}

function tiersOf<T extends Tier>(tiers: readonly T[] | null): Tiers<T> | null {
  const [first, ...rest] = [...(tiers ?? [])].sort((a, b) => rank(a.priority) - rank(b.priority));
  return first ? [first, ...rest] : null;
}

/**
 * Limits in force for a patient (clinical rule 1): per target, the tiers of the narrowest scope that sets them; a
 * choice without tiers switches that target off.
 */
export function effectiveLimits(
  defaults: readonly Limit[],
  overrides: readonly LimitOverride[],
  patient: PatientId | null,
  ward: WardId | null,
): EffectiveLimits {
  const values: Partial<Record<Vital, Partial<Record<Direction, Tiers<Limit>>>>> = {};
  const changes: Partial<Record<Vital, Partial<Record<Course, Tiers<ChangeLimit>>>>> = {};
  const combinations: EffectiveCombination[] = [];
  for (const { choice } of chosenLimits(defaults, overrides, patient, ward).values()) {
    switch (choice.kind) {
      case 'value': {
        const tiers = tiersOf(choice.tiers);
        if (tiers) values[choice.vital] = { ...values[choice.vital], [choice.direction]: tiers };
        break;
      }
      case 'change': {
        const tiers = tiersOf(choice.tiers);
        if (tiers) changes[choice.vital] = { ...changes[choice.vital], [choice.course]: tiers };
        break;
      }
      case 'combination': {
        const tiers = tiersOf(choice.tiers);
        if (tiers) combinations.push({ name: choice.name, tiers });
        break;
      }
    }
  }
  return { values, changes, combinations };
}
