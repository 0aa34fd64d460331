import { CodedError } from '../core/coded-error.ts';
import { COURSES, DIRECTIONS, type LimitTarget, type Tier } from './limit.ts';
import type { LimitChoice, LimitScope } from './limit-override.ts';
import { isVital } from './vital.ts';

/** What a combination may be called: lower-case letters, digits and `_`, 32 at the most. */
export const COMBINATION_NAME = /^[a-z][a-z0-9_]{0,31}$/;

/**
 * The target that a text names: `spo2:low`, `spo2:falling`, `combination:shock`.
 * @throws CodedError `limits_invalid`
 */
export function limitTargetOf(text: string): LimitTarget {
  const [head = '', tail = '', ...more] = text.split(':');
  if (more.length === 0) {
    if (head === 'combination' && COMBINATION_NAME.test(tail)) return { kind: 'combination', name: tail };
    const direction = DIRECTIONS.find((word) => word === tail);
    if (isVital(head) && direction) return { kind: 'value', vital: head, direction };
    const course = COURSES.find((word) => word === tail);
    if (isVital(head) && course) return { kind: 'change', vital: head, course };
  }
  throw new CodedError(
    'limits_invalid',
    `target ${JSON.stringify(text.slice(0, 80))} is none: give a vital with low, high, falling or rising (spo2:low), or combination:NAME with a name of lower-case letters, digits and "_"`,
    { details: { field: 'target' } },
  );
}

/** What every tier of a target repeats. */
export function targetFields(target: LimitTarget): Readonly<Record<string, string>> {
  switch (target.kind) {
    case 'value':
      return { vital: target.vital, direction: target.direction };
    case 'change':
      return { vital: target.vital, course: target.course };
    case 'combination':
      return { name: target.name };
  }
}

/** The tiers of a choice, without what its target says already; null: nothing is chosen. */
export function bareTiers(choice: LimitChoice): readonly Readonly<Record<string, unknown>>[] | null {
  const tiers: readonly Tier[] | null = choice.tiers;
  if (tiers === null) return null;
  const repeated = Object.keys(targetFields(choice));
  return tiers.map((tier) =>
    Object.fromEntries(Object.entries(tier).filter(([name]) => !repeated.includes(name))),
  );
}

/** A scope as people read it, and as the audit trail names it: `default`, `ward north`, `patient p-12`. */
export function scopeText(scope: LimitScope): string {
  switch (scope.kind) {
    case 'default':
      return 'default';
    case 'ward':
      return `ward ${scope.ward}`;
    case 'patient':
      return `patient ${scope.patient}`;
  }
}
