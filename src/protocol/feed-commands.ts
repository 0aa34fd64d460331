import Type, { type Static } from 'typebox';
import { ID_PATTERN } from '../model/ids.ts';
import type { Direction } from '../model/limit.ts';
import { GRANT_REASON_LENGTH } from '../model/people.ts';
import { MAX_SHELF_MS } from '../model/shelf.ts';
import { SIGNAL_NAMES } from '../model/signal.ts';
import { VITAL_NAMES, type Vital } from '../model/vital.ts';
import { CursorText, judgedText, Name, RequestId } from './feed-fields.ts';
import { MAX_PATIENTS_PER_SUBSCRIBE } from './limits.ts';
import { ObserveFrame } from './observation-frames.ts';

export const SubscribeFrame = Type.Object(
  {
    type: Type.Literal('subscribe'),
    id: RequestId,
    patients: Type.Optional(
      Type.Array(Name, {
        minItems: 1,
        maxItems: MAX_PATIENTS_PER_SUBSCRIBE,
        description: 'Watch these patients.',
      }),
    ),
    ward: Type.Optional(Type.String({ pattern: ID_PATTERN, description: 'Watch everyone on this ward.' })),
    since: Type.Optional(CursorText),
  },
  {
    description:
      "By patients or by ward; neither: everyone in the clinician's scope. `since` replays every later alarm event first.",
  },
);
export const UnsubscribeFrame = Type.Object(
  { type: Type.Literal('unsubscribe'), id: RequestId },
  { description: 'Ends the subscription; the socket stays open.' },
);
export const ReceivedFrame = Type.Object(
  { type: Type.Literal('received'), cursor: CursorText },
  { description: 'The client has every alarm event up to this cursor.' },
);
export const AcknowledgeFrame = Type.Object(
  {
    type: Type.Literal('acknowledge'),
    id: RequestId,
    alarm: Type.String({ minLength: 1, maxLength: 256, description: 'The `id` of the alarm.' }),
    alerted_at: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          '`alerted_at` of the alarm as the person saw it: refused with `alarm_changed` when it has alerted since.',
      }),
    ),
  },
  { description: 'Seen: stops the sound, not the alarm.' },
);
const MAX_SHELF_MINUTES = MAX_SHELF_MS / 60_000;
const { least, most } = GRANT_REASON_LENGTH;
/** Longer reasons are not read at all. Characters. */
const MAX_REASON_READ = 4_096;
export const ShelveFrame = Type.Object(
  {
    type: Type.Literal('shelve'),
    id: RequestId,
    patient: judgedText('An id.'),
    vital: judgedText<Vital>(`One of ${VITAL_NAMES.map((name) => `\`${name}\``).join(', ')}.`),
    direction: judgedText<Direction>(
      '`low` or `high`. Of a changing value: falling counts as low, rising as high.',
    ),
    minutes: Type.Number({ description: `A whole number from 1 to ${MAX_SHELF_MINUTES}.` }),
    reason: judgedText(
      `Why, in one line of ${least} to ${most} characters: shown to whoever watches the patient, and kept. No patient's name.`,
      MAX_REASON_READ,
    ),
  },
  {
    description:
      'Alarms of one vital and direction of a patient do not sound for a time, but for those of high priority (charge nurses only).',
  },
);
export const UnshelveFrame = Type.Object(
  { type: Type.Literal('unshelve'), id: RequestId, shelf: judgedText('The `id` of the shelf.') },
  { description: 'Ends a shelf before its time (charge nurses only).' },
);
export const WaveformsFrame = Type.Object(
  {
    type: Type.Literal('waveforms'),
    id: RequestId,
    patient: Name,
    signals: Type.Array(Type.Enum([...SIGNAL_NAMES]), {
      maxItems: SIGNAL_NAMES.length,
      description: 'Empty: none any more.',
    }),
  },
  { description: 'Which live traces of a patient to send.' },
);
export const FeedRefreshFrame = Type.Object(
  {
    type: Type.Literal('refresh'),
    id: RequestId,
    token: Type.String({ minLength: 1, maxLength: 8192, description: 'Of the same person.' }),
  },
  { description: 'A new token on the same socket.' },
);

/** What a clinician's client may send, by `type`. */
export const CLIENT_TO_FEED = {
  subscribe: SubscribeFrame,
  unsubscribe: UnsubscribeFrame,
  received: ReceivedFrame,
  acknowledge: AcknowledgeFrame,
  shelve: ShelveFrame,
  unshelve: UnshelveFrame,
  observe: ObserveFrame,
  waveforms: WaveformsFrame,
  refresh: FeedRefreshFrame,
} as const;

export type FeedCommand = Static<(typeof CLIENT_TO_FEED)[keyof typeof CLIENT_TO_FEED]>;
