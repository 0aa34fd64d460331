import Type, { type Static } from 'typebox';
import { Name, RequestId, Time } from './feed-fields.ts';
import { ObservationEntryFields, ObservationFields, ShownNews2 } from './observation-fields.ts';

export const ObserveFrame = Type.Object(
  { type: Type.Literal('observe'), id: RequestId, patient: Name, ...ObservationEntryFields },
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
