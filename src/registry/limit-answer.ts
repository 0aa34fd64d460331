import type { ChosenLimit } from '../model/effective-limits.ts';
import type { ExplainedLimit } from '../model/explained-limits.ts';
import { targetKey } from '../model/limit.ts';
import type { LimitOverride, LimitScope } from '../model/limit-override.ts';
import { bareTiers } from '../model/limit-target.ts';

/** A choice as REST and the scripts answer it. */
export interface AnsweredLimit {
  readonly tiers: readonly Readonly<Record<string, unknown>>[];
  /** Null, as time and reason: built in. */
  readonly changed_by: string | null;
  readonly changed_at: number | null;
  readonly reason: string | null;
}

/** One choice and the scope that made it. */
export type SourcedLimit = AnsweredLimit & { readonly from: LimitScope['kind'] | 'built_in' };

function answered({ choice, from }: ChosenLimit): AnsweredLimit {
  const { changed_by = null, changed_at = null, reason = null } = from ?? {};
  return { tiers: bareTiers(choice) ?? [], changed_by, changed_at, reason };
}

function sourced(chosen: ChosenLimit): SourcedLimit {
  return { from: chosen.from?.scope.kind ?? 'built_in', ...answered(chosen) };
}

/** One target of one scope. */
export function scopedAnswer(entry: LimitOverride): AnsweredLimit & { readonly target: string } {
  return { target: targetKey(entry), ...answered({ choice: entry, from: entry }) };
}

/** One target as it is in force. */
export function effectiveAnswer(
  limit: ExplainedLimit,
): SourcedLimit & { readonly target: string; readonly hides: readonly SourcedLimit[] } {
  return { target: targetKey(limit.choice), ...sourced(limit), hides: limit.hides.map(sourced) };
}

/** A scope as REST and the scripts answer it. */
export function scopeAnswer(scope: LimitScope): { readonly kind: LimitScope['kind']; readonly id?: string } {
  switch (scope.kind) {
    case 'default':
      return { kind: 'default' };
    case 'ward':
      return { kind: 'ward', id: scope.ward };
    case 'patient':
      return { kind: 'patient', id: scope.patient };
  }
}

/** What is chosen in a scope, in the registry's order. */
export function chosenOf(overrides: readonly LimitOverride[], scope: LimitScope): readonly LimitOverride[] {
  const { kind, id } = scopeAnswer(scope);
  return overrides.filter((one) => {
    const own = scopeAnswer(one.scope);
    return one.tiers !== null && own.kind === kind && own.id === id;
  });
}
