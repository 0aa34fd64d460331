import { CodedError } from '../core/coded-error.ts';
import { targetKey } from './limit.ts';
import type { LimitChoice, LimitScope } from './limit-override.ts';
import { scopeText } from './limit-target.ts';

/** Refuses a choice of limits: what is wrong with which field, and what to do. */
export type RefuseLimits = (field: string, value: unknown, problem: string, cure: string) => never;

/**
 * How one choice is refused: every message names the scope, the target, the field, its value and the cure.
 * @param scope null: it is not chosen for anybody yet
 * @param facts further details of the error
 */
export function refuseLimits(
  choice: LimitChoice,
  scope: LimitScope | null,
  facts: Readonly<Record<string, string>> = {},
): RefuseLimits {
  const target = targetKey(choice);
  const where = scope === null ? target : `${scopeText(scope)}, ${target}`;
  return (field, value, problem, cure) => {
    throw new CodedError('limits_invalid', `${where}: ${field} ${String(value)} ${problem}: ${cure}`, {
      details: { ...facts, target, field, ...(scope === null ? {} : { scope: scopeText(scope) }) },
    });
  };
}
