import Type, { type Static } from 'typebox';
import { CONSCIOUSNESS_LEVELS, type Consciousness, OXYGEN_USES, type OxygenUse } from '../model/news2.ts';
import { judgedText, Name, RequestId, Time } from './feed-fields.ts';
import { ObservationFields, ShownNews2 } from './observation-fields.ts';

/** More than a person can enter: no more are read. */
const MAX_VALUES_READ = 64;

function words(allowed: readonly string[]): string {
  return allowed.map((word) => `\`${word}\``).join(', ');
}

export const ObserveFrame = Type.Object(
  {
    type: Type.Literal('observe'),
    id: RequestId,
    patient: judgedText('An id.'),
    t: Type.Optional(
      Type.Number({ description: 'When it was observed, whole epoch ms: at most 24 h ago; absent: now.' }),
    ),
    values: Type.Optional(
      Type.Record(Type.String(), Type.Number(), {
        maxProperties: MAX_VALUES_READ,
        description: 'Vitals measured by hand, by name, in the units of the catalogue.',
      }),
    ),
    oxygen: Type.Optional(judgedText<OxygenUse>(`What the patient breathes: ${words(OXYGEN_USES)}.`)),
    consciousness: Type.Optional(
      judgedText<Consciousness>(
        `ACVPU: alert, new confusion, responds to voice, to pain, unresponsive: ${words(CONSCIOUSNESS_LEVELS)}.`,
      ),
    ),
  },
  {
    description:
      'Enters what was observed or measured by hand; at least one of values, oxygen and consciousness. Answered once it is durable.',
  },
);
/** The `id` is the observation's. */
export const ObservationFrame = Type.Object(
  { type: Type.Literal('observation'), ...ObservationFields },
  { description: 'A person entered what they observed or measured by hand.' },
);
export const News2Frame = Type.Object(
  { type: Type.Literal('news2'), patient: Name, at: Time, news2: ShownNews2 },
  { description: 'Score, trigger or what is lacking is another; of inputs alone nothing is told.' },
);
export type ObserveFrame = Static<typeof ObserveFrame>;
