import type { Direction, Limit, Priority } from './limit.ts';
import type { Vital } from './vital.ts';

/** Onset delays unless a tier states its own; 14 s removes half, 19 s two thirds of ignored alarms (Gorges 2009). */
export const DEFAULT_ONSET_DELAY_MS: Readonly<Record<Priority, number>> = {
  low: 10_000,
  medium: 10_000,
  high: 3_000,
};
export const DEFAULT_CLEAR_DELAY_MS = 5_000;

const CLEAR_MARGIN: Readonly<Partial<Record<Vital, number>>> = {
  heart_rate: 3,
  pulse_rate: 3,
  resp_rate: 2,
  spo2: 1,
  body_temp: 0.2,
  systolic_bp: 5,
  diastolic_bp: 5,
  mean_bp: 5,
  glucose: 5,
};

/** The clear margin of a vital unless its limit states its own, in the vital's unit. */
export function defaultClearMargin(vital: Vital): number {
  return CLEAR_MARGIN[vital] ?? 0;
}

function tier(
  vital: Vital,
  direction: Direction,
  priority: Priority,
  threshold: number,
  onsetMs?: number,
): Limit {
  return {
    vital,
    direction,
    priority,
    threshold,
    onset_delay_ms: onsetMs ?? DEFAULT_ONSET_DELAY_MS[priority],
    clear_margin: defaultClearMargin(vital),
    clear_delay_ms: DEFAULT_CLEAR_DELAY_MS,
  };
}

/**
 * Default adult limits: a starting point to be changed by clinicians per ward and per patient, not advice.
 * The 15 s at SpO2 90 removes 60 % of its alarms (AAMI/Masimo).
 */
export const DEFAULT_LIMITS: readonly Limit[] = [
  tier('heart_rate', 'low', 'medium', 50),
  tier('heart_rate', 'low', 'high', 40),
  tier('heart_rate', 'high', 'medium', 120),
  tier('heart_rate', 'high', 'high', 150),
  tier('resp_rate', 'low', 'medium', 8),
  tier('resp_rate', 'low', 'high', 5),
  tier('resp_rate', 'high', 'medium', 24),
  tier('resp_rate', 'high', 'high', 30),
  tier('spo2', 'low', 'medium', 90, 15_000),
  tier('spo2', 'low', 'high', 80, 0),
  tier('body_temp', 'low', 'medium', 35.0),
  tier('body_temp', 'high', 'medium', 39.0),
  tier('systolic_bp', 'low', 'medium', 90),
  tier('systolic_bp', 'low', 'high', 70),
  tier('systolic_bp', 'high', 'medium', 160),
  tier('systolic_bp', 'high', 'high', 200),
  tier('glucose', 'low', 'medium', 70),
  tier('glucose', 'low', 'high', 54),
  tier('glucose', 'high', 'medium', 180),
  tier('glucose', 'high', 'high', 250),
];
