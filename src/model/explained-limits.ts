import { type ChosenLimit, choicesOf, narrowness } from './effective-limits.ts';
import type { PatientId, WardId } from './ids.ts';
import { type Limit, type LimitTarget, targetKey } from './limit.ts';
import type { LimitOverride } from './limit-override.ts';
import { VITAL_NAMES } from './vital.ts';

/** What is in force for one target, where it comes from, and the wider choices that it hides, the narrowest first. */
export interface ExplainedLimit extends ChosenLimit {
  readonly hides: readonly ChosenLimit[];
}

/**
 * Every target that anything is chosen for, explained (clinical rule 1), in the order of the catalogue of vitals,
 * combinations last.
 * @param patient null: for a ward, or with a null ward too, for everyone
 */
export function explainedLimits(
  defaults: readonly Limit[],
  overrides: readonly LimitOverride[],
  patient: PatientId | null,
  ward: WardId | null,
): readonly ExplainedLimit[] {
  const chosen: ChosenLimit[] = choicesOf(defaults).map((choice) => ({ choice, from: null }));
  for (const from of overrides)
    if (from.tiers !== null && narrowness(from.scope, patient, ward) >= 0)
      chosen.push({ choice: from, from });
  const widthOf = ({ from }: ChosenLimit): number => (from ? narrowness(from.scope, patient, ward) : -1);
  const byTarget = Map.groupBy(chosen, ({ choice }) => targetKey(choice));
  return [...byTarget.values()]
    .flatMap((choices): ExplainedLimit[] => {
      const [inForce, ...hides] = choices.sort((a, b) => widthOf(b) - widthOf(a));
      return inForce ? [{ ...inForce, hides }] : [];
    })
    .sort((a, b) => inCatalogue(a.choice, b.choice));
}

/** Orders targets as the catalogue of vitals does, values before changes, combinations by name. */
export function inCatalogue(a: LimitTarget, b: LimitTarget): number {
  return placeOf(a) - placeOf(b) || (targetKey(a) < targetKey(b) ? -1 : 1);
}

const KINDS: readonly LimitTarget['kind'][] = ['value', 'change', 'combination'];

function placeOf(target: LimitTarget): number {
  if (target.kind === 'combination') return VITAL_NAMES.length * KINDS.length;
  // Low before high.
  const second = target.kind === 'value' && target.direction === 'high' ? 0.5 : 0;
  return VITAL_NAMES.indexOf(target.vital) * KINDS.length + KINDS.indexOf(target.kind) + second;
}
