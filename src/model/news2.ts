import type { EpochMs } from '../core/clock.ts';

/** Level of consciousness (RCP 2017): Alert, new Confusion, responds to Voice, to Pain, Unresponsive. */
export const CONSCIOUSNESS_LEVELS = ['alert', 'confused', 'voice', 'pain', 'unresponsive'] as const;
export type Consciousness = (typeof CONSCIOUSNESS_LEVELS)[number];

export const OXYGEN_USES = ['air', 'oxygen'] as const;
/** What the patient breathes. */
export type OxygenUse = (typeof OXYGEN_USES)[number];

/**
 * Whether a patient is scored, and on which SpO2 scale. `off`: not an adult (under 16) or pregnant. `scale_2` only where
 * it was prescribed (hypercapnic respiratory failure).
 */
export const NEWS2_USES = ['scale_1', 'scale_2', 'off'] as const;
export type News2Use = (typeof NEWS2_USES)[number];

/** The seven parameters, in the order of the chart. */
export const NEWS2_PARAMETERS = [
  'resp_rate',
  'spo2',
  'oxygen',
  'systolic_bp',
  'pulse',
  'consciousness',
  'temperature',
] as const;
export type News2Parameter = (typeof NEWS2_PARAMETERS)[number];

export type News2Points = 0 | 1 | 2 | 3;

/** One parameter that is known and not stale. */
export interface News2Input {
  readonly parameter: News2Parameter;
  readonly value: number | OxygenUse | Consciousness;
  /** Null: open, SpO2 on scale 2 while it is not known whether oxygen is given. */
  readonly points: News2Points | null;
  /** When it was measured or observed, by the server's clock. */
  readonly measured: EpochMs;
}

/**
 * The thresholds and triggers of the RCP's table: `single_parameter`: 3 points in one parameter; `urgent`: 5 or 6;
 * `emergency`: 7 or more; `low`: 1 to 4; `none`: 0.
 */
export const NEWS2_TRIGGERS = ['none', 'low', 'single_parameter', 'urgent', 'emergency'] as const;
export type News2Trigger = (typeof NEWS2_TRIGGERS)[number];

/** National Early Warning Score 2. Without every input there is no number, only what is lacking. */
export type News2 =
  | {
      readonly kind: 'score';
      readonly scale: 1 | 2;
      readonly score: number;
      readonly trigger: News2Trigger;
      readonly inputs: readonly News2Input[];
    }
  | {
      readonly kind: 'partial';
      readonly scale: 1 | 2;
      /** Missing or stale. */
      readonly lacks: readonly News2Parameter[];
      readonly inputs: readonly News2Input[];
    }
  | { readonly kind: 'off' };
