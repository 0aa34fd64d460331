import type { BacktestPlan, WornDevice } from '../alarms/backtest.ts';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { type EpisodeCriterion, MAX_BACKTEST_MS } from '../model/backtest.ts';
import { DEFAULT_LIMITS } from '../model/default-limits.ts';
import { effectiveLimits } from '../model/effective-limits.ts';
import { targetKey } from '../model/limit.ts';
import { checkLimitOrder } from '../model/limit-order.ts';
import type { LimitChoice, LimitOverride, LimitScope } from '../model/limit-override.ts';
import { checkLimitChoice } from '../model/limit-rules.ts';
import type { Patient } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';

/** What is to be tried, on whom, and over which history. */
export interface BacktestRequest {
  readonly patient: Patient;
  /** As if they were set for the patient, all at once; null tiers: as if the patient's own were unset. */
  readonly limits: readonly LimitChoice[];
  /** Half-open [from, to). */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly episodes: readonly EpisodeCriterion[];
}

/** The overrides that would be in force, checked as setting each beside the others would check them. */
function withChoices(
  registry: Registry,
  { id }: Patient,
  choices: readonly LimitChoice[],
): readonly LimitOverride[] {
  const scope: LimitScope = { kind: 'patient', patient: id };
  const targets = new Set(choices.map(targetKey));
  if (targets.size < choices.length)
    throw new CodedError('limits_invalid', 'a target is named twice: give each target once');
  const own = choices.map(
    (choice): LimitOverride => ({ ...choice, scope, changed_by: '', changed_at: 0, reason: '' }),
  );
  const kept = registry
    .limitOverrides()
    .filter(
      (one) => !(one.scope.kind === 'patient' && one.scope.patient === id && targets.has(targetKey(one))),
    );
  const overrides = [...kept, ...own];
  const wardOf = (patient: Patient['id']) => registry.patient(patient)?.ward;
  for (const choice of own) {
    checkLimitChoice(choice, scope);
    checkLimitOrder(choice, { defaults: DEFAULT_LIMITS, overrides, wardOf });
  }
  return overrides;
}

/** Every device that the patient wore in the range, and when it was taken off. */
function wornDevices(registry: Registry, { patient, from, to }: BacktestRequest): WornDevice[] {
  return registry.devices().flatMap(({ id: device, interval_ms }) => {
    const worn = registry
      .assignmentsOf(device)
      .filter((one) => one.patient === patient.id && one.from < to && (one.to ?? to) > from);
    const takenOff = worn.flatMap(({ to: until }) => (until !== null && until <= to ? [until] : []));
    return worn.length === 0 ? [] : [{ device, intervalMs: interval_ms, takenOff }];
  });
}

/**
 * What a back-test needs to know besides the history.
 * @throws CodedError `backtest_too_long`; `limits_invalid` by the rules of setting them
 */
export function backtestPlan(registry: Registry, request: BacktestRequest): BacktestPlan {
  const { patient, from, to, episodes, limits } = request;
  if (to - from > MAX_BACKTEST_MS)
    throw new CodedError(
      'backtest_too_long',
      `from ${from} to ${to} is longer than ${MAX_BACKTEST_MS / 86_400_000} days: ask for a shorter range`,
    );
  const effective = (overrides: readonly LimitOverride[]) =>
    effectiveLimits(DEFAULT_LIMITS, overrides, patient.id, patient.ward);
  return {
    ...{ patient: patient.id, from, to, episodes },
    today: effective(registry.limitOverrides()),
    proposed: effective(withChoices(registry, patient, limits)),
    devices: wornDevices(registry, request),
  };
}
