import type { PatientId, WardId } from '../model/ids.ts';
import { DIRECTIONS, type Direction, type Limit, rank } from '../model/limit.ts';
import type { LimitOverride } from '../model/people.ts';
import { VITAL_NAMES, type Vital } from '../model/vital.ts';

/** The tiers of one vital and direction, mildest first. */
export type Tiers = readonly [Limit, ...Limit[]];

/** The limits in force for one patient; a vital or direction without limits is absent. */
export type EffectiveLimits = Readonly<Partial<Record<Vital, Readonly<Partial<Record<Direction, Tiers>>>>>>;

function tiersOf(limits: readonly Limit[], vital: Vital, direction: Direction): Tiers | null {
  const [first, ...rest] = limits
    .filter((limit) => limit.vital === vital && limit.direction === direction)
    .sort((a, b) => rank(a.priority) - rank(b.priority));
  return first ? [first, ...rest] : null;
}

/** How narrow a scope is for this patient: 0 default, 1 ward, 2 patient; -1 when it is somebody else's. */
function narrowness(scope: LimitOverride['scope'], patient: PatientId, ward: WardId): number {
  switch (scope.kind) {
    case 'default':
      return 0;
    case 'ward':
      return scope.ward === ward ? 1 : -1;
    case 'patient':
      return scope.patient === patient ? 2 : -1;
  }
}

/**
 * Limits in force for a patient (clinical rule 1): per vital and direction, the tiers of the narrowest scope that
 * sets them; an override without tiers switches that vital and direction off.
 */
export function effectiveLimits(
  defaults: readonly Limit[],
  overrides: readonly LimitOverride[],
  patient: PatientId,
  ward: WardId,
): EffectiveLimits {
  const effective: Partial<Record<Vital, Partial<Record<Direction, Tiers>>>> = {};
  for (const vital of VITAL_NAMES) {
    for (const direction of DIRECTIONS) {
      let narrowest = -1;
      let limits = defaults;
      for (const override of overrides) {
        if (override.vital !== vital || override.direction !== direction) continue;
        const width = narrowness(override.scope, patient, ward);
        if (width > narrowest) {
          narrowest = width;
          limits = override.tiers;
        }
      }
      const tiers = tiersOf(limits, vital, direction);
      if (tiers) {
        effective[vital] ??= {};
        effective[vital][direction] = tiers;
      }
    }
  }
  return effective;
}
