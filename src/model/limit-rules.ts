import {
  type ChangeLimit,
  type CombinationLimit,
  type CombinedCondition,
  type Direction,
  type Limit,
  rank,
  type Tier,
} from './limit.ts';
import type { LimitChoice, LimitScope } from './limit-override.ts';
import { type RefuseLimits, refuseLimits } from './limit-refusal.ts';
import { COMBINATION_NAME } from './limit-target.ts';
import { isPossible, possibleRange, VITALS, type Vital } from './vital.ts';

/** Bounds of what may be chosen. Milliseconds. */
export const MAX_ONSET_DELAY_MS = 600_000;
export const MAX_CLEAR_DELAY_MS = 600_000;
export const CHANGE_WINDOW_MS = { least: 10_000, most: 1_800_000 } as const;
/** Vitals that one combination may ask for. */
export const COMBINED_VITALS = { least: 2, most: 5 } as const;

/**
 * What must be so of a choice whatever else is chosen: values that can be, tiers in order, delays within bounds.
 * @param choice checked for its structure
 * @param scope for whom it is chosen; null: nobody yet (a what-if)
 * @throws CodedError `limits_invalid`
 */
export function checkLimitChoice(choice: LimitChoice, scope: LimitScope | null = null): void {
  const refuse = refuseLimits(choice, scope);
  switch (choice.kind) {
    case 'value':
      checkVital(choice.vital, 'vital', refuse);
      return checkValueTiers(byRank(choice.tiers), refuse);
    case 'change':
      checkVital(choice.vital, 'vital', refuse);
      return checkChangeTiers(byRank(choice.tiers), refuse);
    case 'combination':
      if (!COMBINATION_NAME.test(choice.name))
        refuse('name', choice.name, 'is not a name', 'use lower-case letters, digits and "_"');
      return checkCombinationTiers(byRank(choice.tiers), refuse);
  }
}

function byRank<T extends Tier>(tiers: readonly T[] | null): readonly T[] {
  return [...(tiers ?? [])].sort((a, b) => rank(a.priority) - rank(b.priority));
}

function checkVital(vital: Vital, field: string, refuse: RefuseLimits): void {
  if (vital === 'skin_temp')
    refuse(field, vital, 'is never alarmed as core temperature', 'choose limits for body_temp');
}

function checkDelays(tier: Tier, refuse: RefuseLimits): void {
  const bounds = { onset_delay_ms: MAX_ONSET_DELAY_MS, clear_delay_ms: MAX_CLEAR_DELAY_MS } as const;
  for (const field of ['onset_delay_ms', 'clear_delay_ms'] as const) {
    const value = tier[field];
    if (!(value >= 0 && value <= bounds[field]))
      refuse(`${tier.priority}.${field}`, value, 'is no delay', `choose 0 to ${bounds[field]} ms`);
  }
}

/** How much further out `threshold` lies than `other`, in the vital's unit; below 0: less far. */
function further(direction: Direction, threshold: number, other: number): number {
  return direction === 'low' ? other - threshold : threshold - other;
}

/** A threshold can be a measurement, and so can a value beyond it. */
function checkThreshold(
  field: string,
  vital: Vital,
  direction: Direction,
  value: number,
  refuse: RefuseLimits,
) {
  const { min, max } = VITALS[vital];
  if (!isPossible(vital, value))
    refuse(field, value, `can not be a value of ${vital}`, `choose one of ${possibleRange(vital)}`);
  const last = direction === 'low' ? min.value : max?.value;
  if (value === last)
    refuse(
      field,
      value,
      `is the last possible value of ${vital}, so that nothing is ever beyond it`,
      'choose one further inside, or no tiers to switch the limit off',
    );
}

/** The value at which an alarm may clear can be reached. `mildest`: the threshold that the margin counts from. */
function checkMargin(
  field: string,
  { vital, direction }: { readonly vital: Vital; readonly direction: Direction },
  mildest: number,
  margin: number,
  refuse: RefuseLimits,
): void {
  if (!(Number.isFinite(margin) && margin >= 0))
    refuse(field, margin, 'is no margin', `choose 0 or more ${VITALS[vital].unit}`);
  const clears = direction === 'low' ? mildest + margin : mildest - margin;
  if (!isPossible(vital, clears))
    refuse(
      field,
      margin,
      `asks for ${vital} ${Number(clears.toPrecision(12))} to clear, which can not be`,
      `choose a smaller one (possible are ${possibleRange(vital)})`,
    );
}

function checkValueTiers(tiers: readonly Limit[], refuse: RefuseLimits): void {
  const [mildest] = tiers;
  let before: Limit | null = null;
  for (const tier of tiers) {
    const { vital, direction, priority, threshold } = tier;
    checkDelays(tier, refuse);
    checkThreshold(`${priority}.threshold`, vital, direction, threshold, refuse);
    if (before && further(direction, threshold, before.threshold) <= 0)
      refuse(
        `${priority}.threshold`,
        threshold,
        `is not ${direction === 'low' ? 'below' : 'above'} ${before.threshold}, that of ${before.priority}`,
        'a worse tier lies further out',
      );
    checkMargin(`${priority}.clear_margin`, tier, mildest?.threshold ?? threshold, tier.clear_margin, refuse);
    before = tier;
  }
}

function checkChangeTiers(tiers: readonly ChangeLimit[], refuse: RefuseLimits): void {
  const [mildest] = tiers;
  let before: ChangeLimit | null = null;
  for (const tier of tiers) {
    const { vital, priority, change, window_ms, clear_margin } = tier;
    checkDelays(tier, refuse);
    const { min, max } = VITALS[vital];
    const span = max === null ? Number.POSITIVE_INFINITY : max.value - min.value;
    if (!(change > 0 && change < span))
      refuse(`${priority}.change`, change, `can not be a change of ${vital}`, changeCure(span));
    const { least, most } = CHANGE_WINDOW_MS;
    if (!(window_ms >= least && window_ms <= most))
      refuse(`${priority}.window_ms`, window_ms, 'is no window', `choose ${least} to ${most} ms`);
    if (before && window_ms !== before.window_ms)
      refuse(
        `${priority}.window_ms`,
        window_ms,
        `is not ${before.window_ms}, that of ${before.priority}`,
        'all tiers look at the same window',
      );
    if (before && change <= before.change)
      refuse(
        `${priority}.change`,
        change,
        `is not more than ${before.change}, that of ${before.priority}`,
        'a worse tier is a larger change',
      );
    const smallest = mildest?.change ?? change;
    if (!(clear_margin >= 0 && clear_margin < smallest))
      refuse(
        `${priority}.clear_margin`,
        clear_margin,
        'is no margin',
        `choose 0 or more and less than ${smallest}, the smallest change that alarms`,
      );
    before = tier;
  }
}

function changeCure(span: number): string {
  return Number.isFinite(span) ? `choose one above 0 and below ${span}` : 'choose one above 0';
}

function checkCombinationTiers(tiers: readonly CombinationLimit[], refuse: RefuseLimits): void {
  const [mildest] = tiers;
  let before: CombinationLimit | null = null;
  for (const tier of tiers) {
    checkDelays(tier, refuse);
    checkConditions(tier, mildest ?? tier, refuse);
    if (before) checkStricter(tier, before, refuse);
    before = tier;
  }
}

const sameTest = (a: CombinedCondition | undefined, b: CombinedCondition | undefined): boolean =>
  a?.vital === b?.vital && a?.direction === b?.direction;

function checkConditions(tier: CombinationLimit, mildest: CombinationLimit, refuse: RefuseLimits): void {
  const { conditions, priority } = tier;
  const field = `${priority}.conditions`;
  const { least, most } = COMBINED_VITALS;
  const count = conditions.length;
  if (count < least || count > most)
    refuse(field, `(${count})`, 'are not a combination', `choose ${least} to ${most} vitals`);
  const vitals = conditions.map(({ vital }) => vital);
  if (new Set(vitals).size !== count)
    refuse(field, vitals.join(', '), 'name a vital twice', 'each vital stands once');
  if (
    count !== mildest.conditions.length ||
    !conditions.every((one, i) => sameTest(one, mildest.conditions[i]))
  )
    refuse(
      field,
      vitals.join(', '),
      `are not those of ${mildest.priority}`,
      'every tier has the same vitals and directions, in the same order',
    );
  for (const [i, condition] of conditions.entries()) {
    const { vital, direction, threshold, clear_margin } = condition;
    checkVital(vital, `${field}.vital`, refuse);
    checkThreshold(`${field}.${vital}.threshold`, vital, direction, threshold, refuse);
    const inner = mildest.conditions[i]?.threshold ?? threshold;
    checkMargin(`${field}.${vital}.clear_margin`, condition, inner, clear_margin, refuse);
  }
}

function checkStricter(tier: CombinationLimit, before: CombinationLimit, refuse: RefuseLimits): void {
  let stricter = false;
  for (const [i, { vital, direction, threshold }] of tier.conditions.entries()) {
    const other = before.conditions[i]?.threshold ?? threshold;
    const by = further(direction, threshold, other);
    if (by > 0) stricter = true;
    if (by < 0)
      refuse(
        `${tier.priority}.conditions.${vital}.threshold`,
        threshold,
        `is less far out than ${other}, that of ${before.priority}`,
        'a worse tier is at least as far out in every vital',
      );
  }
  if (!stricter)
    refuse(
      `${tier.priority}.conditions`,
      tier.conditions.map(({ vital }) => vital).join(', '),
      `have the thresholds of ${before.priority}`,
      'a worse tier lies further out in one vital at least',
    );
}
