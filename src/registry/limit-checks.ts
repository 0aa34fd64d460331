import { patientId, wardId } from '../model/ids.ts';
import {
  type ChangeLimit,
  COURSES,
  type CombinationLimit,
  type CombinedCondition,
  DIRECTIONS,
  type Limit,
  PRIORITIES,
  type Tier,
  targetKey,
} from '../model/limit.ts';
import type { LimitChoice, LimitOverride, LimitScope } from '../model/limit-override.ts';
import { COMBINATION_NAME, limitTargetOf, targetFields } from '../model/limit-target.ts';
import { isVital, type Vital } from '../model/vital.ts';
import { finite, oneOf, refuse, text, time } from './registry-checks.ts';

function checkCommon(tier: Tier): Tier {
  return {
    priority: oneOf('tiers.priority', tier.priority, PRIORITIES),
    onset_delay_ms: time('tiers.onset_delay_ms', tier.onset_delay_ms),
    clear_delay_ms: time('tiers.clear_delay_ms', tier.clear_delay_ms),
  };
}

function checkVital(field: string, vital: Vital): Vital {
  return isVital(vital) ? vital : refuse(field, 'a vital of the catalogue');
}

function checkTier(tier: Limit, vital: Vital, direction: Limit['direction']): Limit {
  if (tier.vital !== vital) refuse('tiers.vital', `${vital}, as in the override`);
  if (tier.direction !== direction) refuse('tiers.direction', `${direction}, as in the override`);
  return {
    ...checkCommon(tier),
    vital,
    direction,
    threshold: finite('tiers.threshold', tier.threshold),
    clear_margin: finite('tiers.clear_margin', tier.clear_margin, 0),
  };
}

function checkChange(tier: ChangeLimit, vital: Vital, course: ChangeLimit['course']): ChangeLimit {
  if (tier.vital !== vital) refuse('tiers.vital', `${vital}, as in the override`);
  if (tier.course !== course) refuse('tiers.course', `${course}, as in the override`);
  return {
    ...checkCommon(tier),
    vital,
    course,
    change: finite('tiers.change', tier.change, 0),
    window_ms: time('tiers.window_ms', tier.window_ms),
    clear_margin: finite('tiers.clear_margin', tier.clear_margin, 0),
  };
}

function checkCondition(condition: CombinedCondition): CombinedCondition {
  return {
    vital: checkVital('tiers.conditions.vital', condition.vital),
    direction: oneOf('tiers.conditions.direction', condition.direction, DIRECTIONS),
    threshold: finite('tiers.conditions.threshold', condition.threshold),
    clear_margin: finite('tiers.conditions.clear_margin', condition.clear_margin, 0),
  };
}

function checkCombination(tier: CombinationLimit, name: string): CombinationLimit {
  if (tier.name !== name) refuse('tiers.name', `${name}, as in the override`);
  if (!Array.isArray(tier.conditions)) refuse('tiers.conditions', 'a list of conditions');
  if (tier.conditions.some((one: unknown) => !isRecord(one)))
    refuse('tiers.conditions', 'a list of conditions, each an object');
  return { ...checkCommon(tier), name, conditions: tier.conditions.map(checkCondition) };
}

/** Null, or a list with at most one tier a priority. */
function checkTiers<T extends Tier>(tiers: readonly T[] | null, one: (tier: T) => T): readonly T[] | null {
  if (tiers === null) return null;
  if (!Array.isArray(tiers)) refuse('tiers', 'a list of limits, or null');
  if (tiers.some((tier: unknown) => !isRecord(tier))) refuse('tiers', 'a list of limits, each an object');
  if (new Set(tiers.map(({ priority }) => priority)).size !== tiers.length)
    refuse('tiers', 'at most one limit a priority');
  return tiers.map(one);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkChoice(entry: LimitChoice): LimitChoice {
  switch (entry.kind) {
    case 'value': {
      const vital = checkVital('vital', entry.vital);
      const direction = oneOf('direction', entry.direction, DIRECTIONS);
      const tiers = checkTiers(entry.tiers, (tier) => checkTier(tier, vital, direction));
      return { kind: 'value', vital, direction, tiers };
    }
    case 'change': {
      const vital = checkVital('vital', entry.vital);
      const course = oneOf('course', entry.course, COURSES);
      const tiers = checkTiers(entry.tiers, (tier) => checkChange(tier, vital, course));
      return { kind: 'change', vital, course, tiers };
    }
    case 'combination': {
      const name = text('name', entry.name, COMBINATION_NAME, 'a name of letters, digits and "_",');
      const tiers = checkTiers(entry.tiers, (tier) => checkCombination(tier, name));
      return { kind: 'combination', name, tiers };
    }
    default:
      return refuse('kind', 'one of value, change, combination');
  }
}

/**
 * A choice as it is written down outside: a target such as `spo2:low`, and its tiers, which need not repeat what the target
 * says. Structure only: `checkLimitChoice` has the rules.
 * @param tiers null: not chosen; empty: switched off
 * @throws CodedError `limits_invalid` (the target), `invalid_entry` (a field that a tier does not have, too)
 */
export function limitChoiceOf(targetText: string, tiers: unknown): LimitChoice {
  const target = limitTargetOf(targetText);
  const fields = targetFields(target);
  const full = Array.isArray(tiers)
    ? tiers.map((tier: unknown) => (isRecord(tier) ? { ...tier, ...fields } : tier))
    : tiers;
  const choice = checkChoice({ ...target, tiers: full } as LimitChoice);
  // A misspelt field would be a delay or a margin that somebody believes to have set.
  for (const [i, tier] of (choice.tiers ?? []).entries()) {
    const given: unknown = Array.isArray(tiers) ? tiers[i] : undefined;
    const unknown = Object.keys(given ?? {}).find((name) => !Object.hasOwn(tier, name));
    if (unknown !== undefined) refuse(`tiers.${unknown.slice(0, 40)}`, 'left out: no such tier has it');
  }
  return choice;
}

function checkScope(scope: LimitScope): LimitScope {
  if (scope.kind === 'default') return { kind: 'default' };
  if (scope.kind === 'ward') return { kind: 'ward', ward: wardId(scope.ward) };
  if (scope.kind === 'patient') return { kind: 'patient', patient: patientId(scope.patient) };
  return refuse('scope.kind', 'one of default, ward, patient');
}

/** @throws CodedError `invalid_entry`, `invalid_id` */
export function checkLimits(entry: LimitOverride): LimitOverride {
  return {
    ...checkChoice(entry),
    scope: checkScope(entry.scope),
    changed_by: text('changed_by', entry.changed_by),
    changed_at: time('changed_at', entry.changed_at),
    reason: text('reason', entry.reason),
  };
}

/** The id of a limits entry: its scope and target. */
export function limitsKey(entry: Pick<LimitOverride, 'scope'> & LimitChoice): string {
  return `${entry.scope.kind}:${scopeId(entry.scope)}:${targetKey(entry)}`;
}

/** The ward or patient of a scope, empty for the default. */
export function scopeId(scope: LimitScope): string {
  if (scope.kind === 'default') return '';
  return scope.kind === 'ward' ? scope.ward : scope.patient;
}

/** The columns `vital` and `direction` of a target: of a change the course, of a combination its name. */
export function targetColumns(entry: LimitChoice): readonly [vital: string, direction: string] {
  switch (entry.kind) {
    case 'value':
      return [entry.vital, entry.direction];
    case 'change':
      return [entry.vital, entry.course];
    case 'combination':
      return [entry.name, 'combination'];
  }
}

/** The target in those columns. The values are checked by `checkLimits`. */
export function targetOfColumns(vital: unknown, direction: unknown): Readonly<Record<string, unknown>> {
  if (direction === 'combination') return { kind: 'combination', name: vital };
  if (direction === 'falling' || direction === 'rising') return { kind: 'change', vital, course: direction };
  return { kind: 'value', vital, direction };
}
