import Type, { type Static } from 'typebox';
import { DIRECTIONS, PRIORITIES } from '../model/limit.ts';
import { LIMIT_REASON_LENGTH } from '../model/limit-override.ts';
import {
  CHANGE_WINDOW_MS,
  COMBINED_VITALS,
  MAX_CLEAR_DELAY_MS,
  MAX_ONSET_DELAY_MS,
} from '../model/limit-rules.ts';
import { VITAL_NAMES } from '../model/vital.ts';

const Condition = Type.Object(
  {
    vital: Type.Enum([...VITAL_NAMES]),
    direction: Type.Enum([...DIRECTIONS]),
    threshold: Type.Number({ description: 'Beyond is strictly beyond.' }),
    clear_margin: Type.Number({ minimum: 0, description: 'Counts from the mildest tier.' }),
  },
  { additionalProperties: false },
);

/** One tier as it is sent and answered: without what its target says already. */
export const LimitTier = Type.Object(
  {
    priority: Type.Enum([...PRIORITIES]),
    onset_delay_ms: Type.Integer({
      minimum: 0,
      maximum: MAX_ONSET_DELAY_MS,
      description: 'How long a breach must last, by sample time.',
    }),
    clear_delay_ms: Type.Integer({
      minimum: 0,
      maximum: MAX_CLEAR_DELAY_MS,
      description: 'How long it must be gone by its margin, by sample time.',
    }),
    clear_margin: Type.Optional(
      Type.Number({ minimum: 0, description: 'In the unit of the vital; not of a combination as a whole.' }),
    ),
    threshold: Type.Optional(
      Type.Number({ description: 'Of `VITAL:low` and `VITAL:high`: a breach is strictly beyond.' }),
    ),
    change: Type.Optional(
      Type.Number({ description: 'Of `VITAL:falling` and `VITAL:rising`: a breach is this much or more.' }),
    ),
    window_ms: Type.Optional(
      Type.Integer({
        minimum: CHANGE_WINDOW_MS.least,
        maximum: CHANGE_WINDOW_MS.most,
        description: 'Within which it changes; the same in every tier.',
      }),
    ),
    conditions: Type.Optional(
      Type.Array(Condition, {
        minItems: COMBINED_VITALS.least,
        maxItems: COMBINED_VITALS.most,
        description: 'Of `combination:NAME`: all at once.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** All tiers of a target. */
export const LimitTiers = Type.Array(LimitTier, {
  maxItems: PRIORITIES.length,
  description: 'One a priority at most; none: switched off.',
});

/** Why limits are changed. */
export const LimitReason = Type.String({
  minLength: LIMIT_REASON_LENGTH.least,
  maxLength: LIMIT_REASON_LENGTH.most,
  description: "Why, in one line: shown with the limit, and kept. No patient's name.",
});

export const LimitsBody = Type.Object(
  { tiers: LimitTiers, reason: LimitReason },
  { additionalProperties: false },
);

const Chosen = {
  tiers: LimitTiers,
  changed_by: Type.Union([Type.String(), Type.Null()], {
    description: 'A clinician, or `admin:` and who ran the command; null: built in.',
  }),
  changed_at: Type.Union([Type.Integer(), Type.Null()], { description: 'Epoch ms.' }),
  reason: Type.Union([Type.String(), Type.Null()]),
};
const Target = Type.String({
  description: '`spo2:low`, `spo2:high`, `spo2:falling`, `spo2:rising`, `combination:NAME`.',
});
const From = Type.Enum(['built_in', 'default', 'ward', 'patient'], {
  description: 'Which scope chose it.',
});

/** One target of one scope. */
export const ScopedLimit = Type.Object({ target: Target, ...Chosen });

/** What is chosen in one scope. */
export const ScopedLimits = Type.Object({
  scope: Type.Object({
    kind: Type.Enum(['default', 'ward', 'patient']),
    id: Type.Optional(Type.String({ description: 'The ward or patient.' })),
  }),
  limits: Type.Array(ScopedLimit),
});

/** The limits in force for a patient, with where each comes from. */
export const EffectiveLimitsAnswer = Type.Object({
  patient: Type.String(),
  ward: Type.String(),
  limits: Type.Array(
    Type.Object({
      target: Target,
      from: From,
      ...Chosen,
      hides: Type.Array(Type.Object({ from: From, ...Chosen }), {
        description: 'What wider scopes chose, the narrowest first.',
      }),
    }),
  ),
});

export type LimitsBody = Static<typeof LimitsBody>;
