import type { Direction, Priority } from '../../../model/limit.ts';
import { rank } from '../../../model/limit.ts';
import { isVital, type Vital } from '../../../model/vital.ts';

/** A target as `GET /v1/patients/{id}/limits` answers it, as far as it is drawn. */
export interface AnsweredTarget {
  /** `spo2:low`, `spo2:falling`, `combination:NAME`. */
  readonly target: string;
  readonly tiers: readonly { readonly priority: Priority; readonly threshold?: number }[];
}

/** A limit on a value: beyond `threshold`, up to `until` (the next tier), the priority is this. */
export interface LimitLine {
  readonly vital: Vital;
  readonly direction: Direction;
  readonly priority: Priority;
  readonly threshold: number;
  /** Null: as far as the chart goes. */
  readonly until: number | null;
}

/** What can be drawn of the limits in force: a change and a combination have no level. Mildest first. */
export function limitLines(targets: readonly AnsweredTarget[]): readonly LimitLine[] {
  return targets.flatMap(({ target, tiers }) => {
    const [vital = '', direction] = target.split(':');
    if (!isVital(vital) || (direction !== 'low' && direction !== 'high')) return [];
    const ordered = tiers.toSorted((a, b) => rank(a.priority) - rank(b.priority));
    return ordered.flatMap(({ priority, threshold }, i): LimitLine[] =>
      threshold === undefined
        ? []
        : [{ vital, direction, priority, threshold, until: ordered[i + 1]?.threshold ?? null }],
    );
  });
}
