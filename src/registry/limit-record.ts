import type { EpochMs } from '../core/clock.ts';
import { targetKey } from '../model/limit.ts';
import type { LimitChoice, LimitOverride, LimitScope } from '../model/limit-override.ts';
import { scopeText } from '../model/limit-target.ts';
import { limitText } from '../model/limit-text.ts';
import { AUDIT_DETAIL_MAX, type AuditAct } from '../observe/audit-entry.ts';
import { limitsKey } from './limit-checks.ts';
import type { Registry } from './registry.ts';

/** Who chooses limits for whom, when and why. */
export interface LimitChange {
  readonly scope: LimitScope;
  readonly changed_by: string;
  readonly changed_at: EpochMs;
  readonly reason: string;
}

/** What is chosen for a scope and target now; undefined: nothing. */
export function chosenIn(
  registry: Pick<Registry, 'limitOverrides'>,
  entry: Pick<LimitOverride, 'scope'> & LimitChoice,
): LimitOverride | undefined {
  const key = limitsKey(entry);
  return registry.limitOverrides().find((one) => one.tiers !== null && limitsKey(one) === key);
}

/**
 * Chooses limits, and gives what was stored and what is to go on record.
 * @throws CodedError of `Registry.putLimits`
 */
export async function changeLimits(
  registry: Registry,
  choice: LimitChoice,
  change: LimitChange,
): Promise<{ readonly entry: LimitOverride; readonly act: AuditAct }> {
  const asked: LimitOverride = { ...choice, ...change };
  const before = await registry.putLimits(asked);
  const stored = registry.limitOverrides().find((one) => limitsKey(one) === limitsKey(asked)) ?? asked;
  const details = {
    target: targetKey(choice),
    now: cut(limitText(choice)),
    before: cut(before ? limitText(before) : 'not chosen'),
    reason: stored.reason,
  };
  return { entry: stored, act: { action: 'limits_changed', subject: scopeText(change.scope), details } };
}

function cut(text: string): string {
  return text.length <= AUDIT_DETAIL_MAX ? text : `${text.slice(0, AUDIT_DETAIL_MAX - 4)} ...`;
}
