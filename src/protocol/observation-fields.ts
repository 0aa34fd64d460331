import Type, { type Static } from 'typebox';
import type { EpochMs } from '../core/clock.ts';
import {
  CONSCIOUSNESS_LEVELS,
  NEWS2_PARAMETERS,
  NEWS2_TRIGGERS,
  type News2,
  OXYGEN_USES,
} from '../model/news2.ts';
import type { Observation } from '../model/observation.ts';
import { VITAL_NAMES } from '../model/vital.ts';
import { Name, Time } from './feed-fields.ts';

/** What a person enters, over REST and over the feed. */
export const ObservationEntryFields = {
  t: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'When it was observed, epoch ms: at most 24 h ago; absent: now.',
    }),
  ),
  values: Type.Optional(
    Type.Record(Type.String({ maxLength: 64 }), Type.Number(), {
      maxProperties: VITAL_NAMES.length,
      description: 'Vitals measured by hand, by name, in the units of the catalogue.',
    }),
  ),
  oxygen: Type.Optional(Type.Enum([...OXYGEN_USES], { description: 'What the patient breathes.' })),
  consciousness: Type.Optional(
    Type.Enum([...CONSCIOUSNESS_LEVELS], {
      description: 'ACVPU: alert, new confusion, responds to voice, to pain, unresponsive.',
    }),
  ),
};

/** An observation as it stands. */
export const ObservationFields = {
  id: Type.String(),
  patient: Name,
  by: Type.String({ description: 'Who entered it.' }),
  t: Time,
  entered: Type.Integer({ minimum: 0, description: 'When it was entered, by the server’s clock.' }),
  values: Type.Unsafe<Observation['values']>(
    Type.Record(Type.String(), Type.Number(), { description: 'Vitals measured by hand.' }),
  ),
  oxygen: Type.Union([Type.Enum([...OXYGEN_USES]), Type.Null()], { description: 'Null: not observed.' }),
  consciousness: Type.Union([Type.Enum([...CONSCIOUSNESS_LEVELS]), Type.Null()], {
    description: 'Null: not observed.',
  }),
};

const Input = Type.Object({
  parameter: Type.Enum([...NEWS2_PARAMETERS]),
  value: Type.Union([Type.Number(), Type.String()]),
  points: Type.Union([Type.Integer({ minimum: 0, maximum: 3 }), Type.Null()], {
    description: 'Null: open, SpO2 on scale 2 while it is not known whether oxygen is given.',
  }),
  measured: Type.Integer({ minimum: 0, description: 'When, by the server’s clock.' }),
  age_ms: Type.Integer({ description: 'How long ago that was.' }),
});

/** NEWS2 as it is shown: a score, or what it lacks and no number. */
export const ShownNews2 = Type.Object(
  {
    kind: Type.Enum(['score', 'partial', 'off'], {
      description:
        '`partial`: an input is missing or too old, and there is no score. `off`: the patient is not scored.',
    }),
    scale: Type.Optional(Type.Enum([1, 2], { description: 'SpO2 scale; absent when off.' })),
    score: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
    trigger: Type.Optional(Type.Enum([...NEWS2_TRIGGERS], { description: 'With a score.' })),
    lacks: Type.Optional(
      Type.Array(Type.Enum([...NEWS2_PARAMETERS]), { description: 'When partial: missing or too old.' }),
    ),
    inputs: Type.Optional(Type.Array(Input, { description: 'What is known, in the order of the chart.' })),
  },
  { title: 'News2', description: 'National Early Warning Score 2 (RCP 2017).' },
);
export type ShownNews2 = Static<typeof ShownNews2>;

/** A score with the ages of its inputs at `now` (server time). */
export function shownNews2(news2: News2, now: EpochMs): ShownNews2 {
  if (news2.kind === 'off') return { kind: 'off' };
  const inputs = news2.inputs.map((input) => ({ ...input, age_ms: Math.max(0, now - input.measured) }));
  if (news2.kind === 'score') {
    const { kind, scale, score, trigger } = news2;
    return { kind, scale, score, trigger, inputs };
  }
  const { kind, scale, lacks } = news2;
  return { kind, scale, lacks: [...lacks], inputs };
}
