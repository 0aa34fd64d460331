import { effectiveLimits } from './effective-limits.ts';
import type { PatientId, WardId } from './ids.ts';
import type { Limit } from './limit.ts';
import type { LimitChoice, LimitOverride, LimitScope } from './limit-override.ts';
import { refuseLimits } from './limit-refusal.ts';
import { scopeText } from './limit-target.ts';
import type { Vital } from './vital.ts';

/** Names of combinations that may be chosen at a time, in all scopes together: each is looked at with every sample. */
export const MAX_COMBINATIONS = 50;

/** What else is chosen, before the choice that is checked. */
export interface LimitSurroundings {
  readonly defaults: readonly Limit[];
  readonly overrides: readonly LimitOverride[];
  readonly wardOf: (patient: PatientId) => WardId | undefined;
}

type ScopedChoice = LimitChoice & { readonly scope: LimitScope };
type ValueOverride = Extract<LimitOverride, { kind: 'value' }>;

/** Overrides of one vital by the scope that chooses them. */
interface ByScope {
  readonly everyone: readonly ValueOverride[];
  readonly wards: ReadonlyMap<WardId, readonly ValueOverride[]>;
  readonly patients: ReadonlyMap<PatientId, readonly ValueOverride[]>;
}

/**
 * What must be so of a choice beside the others: low below high, with margins that fit between, in its scope and in every
 * narrower one that inherits it; not too many combinations.
 * @param entry passed `checkLimitChoice`
 * @throws CodedError `limits_invalid`
 */
export function checkLimitOrder(entry: ScopedChoice, surroundings: LimitSurroundings): void {
  if (entry.kind === 'combination') return checkCombinationCount(entry, surroundings.overrides);
  if (entry.kind === 'change') return;
  const { vital, scope } = entry;
  const { defaults, overrides, wardOf } = surroundings;
  const own: ValueOverride = { ...entry, changed_by: '', changed_at: 0, reason: '' };
  const others = overrides.filter(
    (one): one is ValueOverride => one.kind === 'value' && one.vital === vital && !isSame(one, entry),
  );
  const byScope = grouped([...others, own]);
  const builtIn = defaults.filter((limit) => limit.vital === vital);
  const check = (patient: PatientId | null, ward: WardId | null, at: LimitScope): void => {
    const chosen = [
      ...byScope.everyone,
      ...(ward === null ? [] : (byScope.wards.get(ward) ?? [])),
      ...(patient === null ? [] : (byScope.patients.get(patient) ?? [])),
    ];
    checkSides(entry, vital, effectiveLimits(builtIn, chosen, patient, ward).values[vital] ?? {}, at);
  };
  if (scope.kind === 'patient') return check(scope.patient, wardOf(scope.patient) ?? null, scope);
  check(null, scope.kind === 'ward' ? scope.ward : null, scope);
  if (scope.kind === 'default') {
    for (const [ward, chosen] of byScope.wards)
      if (inherits(chosen, entry)) check(null, ward, { kind: 'ward', ward });
  }
  for (const [patient, chosen] of byScope.patients) {
    const ward = wardOf(patient) ?? null;
    if (scope.kind === 'ward' && ward !== scope.ward) continue;
    if (inherits(chosen, entry)) check(patient, ward, { kind: 'patient', patient });
  }
}

function isSame(one: ValueOverride, entry: Extract<ScopedChoice, { kind: 'value' }>): boolean {
  return one.direction === entry.direction && scopeText(one.scope) === scopeText(entry.scope);
}

/** Whether a narrower scope takes the side that the entry chooses from a wider one. */
function inherits(chosen: readonly ValueOverride[], { direction }: { readonly direction: string }): boolean {
  return !chosen.some((one) => one.direction === direction);
}

function grouped(overrides: readonly ValueOverride[]): ByScope {
  const everyone: ValueOverride[] = [];
  const wards = new Map<WardId, ValueOverride[]>();
  const patients = new Map<PatientId, ValueOverride[]>();
  for (const one of overrides) {
    if (one.tiers === null) continue;
    const { scope } = one;
    if (scope.kind === 'default') everyone.push(one);
    else if (scope.kind === 'ward') wards.set(scope.ward, [...(wards.get(scope.ward) ?? []), one]);
    else patients.set(scope.patient, [...(patients.get(scope.patient) ?? []), one]);
  }
  return { everyone, wards, patients };
}

/** @param at whose limits these are */
function checkSides(
  entry: Extract<ScopedChoice, { kind: 'value' }>,
  vital: Vital,
  {
    low,
    high,
  }: { readonly low?: readonly [Limit, ...unknown[]]; readonly high?: readonly [Limit, ...unknown[]] },
  at: LimitScope,
): void {
  if (!low || !high) return;
  // Not everybody who may choose for a wider scope may know of the patient.
  const refuse = refuseLimits(entry, entry.scope, at.kind === 'patient' ? { patient: at.patient } : {});
  const [own, other] = entry.direction === 'low' ? [low[0], high[0]] : [high[0], low[0]];
  const distance = high[0].threshold - low[0].threshold;
  const where = scopeText(at);
  const whose = where === scopeText(entry.scope) ? '' : ` for ${where}`;
  const there = `${other.threshold}, where ${vital}:${other.direction} begins${whose}`;
  const cure = `choose both so that low is below high, or change ${vital}:${other.direction}${whose} first`;
  const unset = entry.tiers === null;
  if (distance <= 0) {
    const word = entry.direction === 'low' ? 'below' : 'above';
    if (unset) refuse('tiers', 'unset', `lets ${own.threshold} apply, which is not ${word} ${there}`, cure);
    refuse(`${own.priority}.threshold`, own.threshold, `is not ${word} ${there}`, cure);
  }
  for (const limit of [own, other]) {
    if (limit.clear_margin < distance) continue;
    const field =
      limit === own && !unset ? `${limit.priority}.clear_margin` : `${vital}:${limit.direction} clear_margin`;
    refuse(
      field,
      limit.clear_margin,
      `reaches over the distance of ${Number(distance.toPrecision(12))} between low and high${whose}`,
      'choose a smaller margin, or thresholds further apart',
    );
  }
}

function checkCombinationCount(
  entry: Extract<ScopedChoice, { kind: 'combination' }>,
  overrides: readonly LimitOverride[],
): void {
  if (entry.tiers === null) return;
  const names = new Set<string>();
  for (const one of overrides) if (one.kind === 'combination' && one.tiers !== null) names.add(one.name);
  if (names.size < MAX_COMBINATIONS || names.has(entry.name)) return;
  refuseLimits(entry, entry.scope)(
    'name',
    entry.name,
    `is one more than the ${MAX_COMBINATIONS} combinations there may be`,
    'unset one that is not needed',
  );
}
