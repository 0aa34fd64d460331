import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { type EffectiveLimits, effectiveLimits } from '../../src/model/effective-limits.ts';
import type { ChangeLimit, CombinationLimit, CombinedCondition, Limit } from '../../src/model/limit.ts';
import type { LimitChoice } from '../../src/model/limit-override.ts';
import { PATIENT, WARD } from './engine-run.ts';

const DELAYS = { onset_delay_ms: 10_000, clear_delay_ms: 5_000 } as const;

/** SpO2 falling by 4 or more in 60 s, after 10 s, but for what `fields` say. */
export function fallBy(fields: Partial<ChangeLimit> = {}): ChangeLimit {
  return {
    vital: 'spo2',
    course: 'falling',
    priority: 'medium',
    change: 4,
    window_ms: 60_000,
    clear_margin: 1,
    ...DELAYS,
    ...fields,
  };
}

const PULSE_AND_PRESSURE: readonly CombinedCondition[] = [
  { vital: 'pulse_rate', direction: 'high', threshold: 110, clear_margin: 3 },
  { vital: 'systolic_bp', direction: 'low', threshold: 100, clear_margin: 5 },
];

/** Pulse over 110 with systolic under 100, after 10 s, but for what `fields` say. */
export function shock(fields: Partial<CombinationLimit> = {}): CombinationLimit {
  return { name: 'shock', priority: 'medium', conditions: PULSE_AND_PRESSURE, ...DELAYS, ...fields };
}

/** The limits in force when these are chosen for the patient beside the `defaults`. */
export function limitsWith(
  choices: readonly LimitChoice[],
  defaults: readonly Limit[] = DEFAULT_LIMITS,
): EffectiveLimits {
  const chosen = { scope: { kind: 'patient', patient: PATIENT }, changed_by: 'x', changed_at: 0 } as const;
  const overrides = choices.map((choice) => ({ ...choice, ...chosen, reason: 'test' }));
  return effectiveLimits(defaults, overrides, PATIENT, WARD);
}

/** The choice of these tiers of a change. */
export function changeOf(...tiers: readonly [ChangeLimit, ...ChangeLimit[]]): LimitChoice {
  return { kind: 'change', vital: tiers[0].vital, course: tiers[0].course, tiers };
}

/** The choice of these tiers of a combination. */
export function combinationOf(...tiers: readonly [CombinationLimit, ...CombinationLimit[]]): LimitChoice {
  return { kind: 'combination', name: tiers[0].name, tiers };
}
