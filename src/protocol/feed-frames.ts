import Type, { type Static } from 'typebox';
import { ALARM_EVENTS, type Alarm } from '../model/alarm.ts';
import { ID_PATTERN } from '../model/ids.ts';
import type { AccessGrant } from '../model/people.ts';
import { SIGNAL_NAMES } from '../model/signal.ts';
import { VITAL_NAMES } from '../model/vital.ts';
import { MAX_PATIENTS_PER_SUBSCRIBE } from './limits.ts';

const Time = Type.Integer({ minimum: 0, description: 'Milliseconds since the Unix epoch, UTC.' });
const Name = Type.String({ pattern: ID_PATTERN });
const CursorText = Type.String({
  minLength: 1,
  maxLength: 32,
  description: 'Opaque; ordered; survives a restart.',
});
/** Echoed in `result`, so that a client can tell its answers apart. */
const RequestId = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, description: 'Chosen by the client, echoed in `result`.' }),
);

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
  },
  { description: 'Seen: stops the sound, not the alarm.' },
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
  waveforms: WaveformsFrame,
  refresh: FeedRefreshFrame,
} as const;

const NewestValue = Type.Object({
  value: Type.Union([Type.Number(), Type.Null()], {
    description: 'Null: unknown, the last value is too old to be shown as current.',
  }),
  t: Time,
  age_ms: Type.Integer({ description: "Time since it was measured, by the server's clock." }),
});
const DeviceState = Type.Object({
  device: Name,
  presence: Type.Enum(['on', 'silent', 'off']),
  since: Type.Integer({
    minimum: 0,
    description: 'Since when the presence is so; at the earliest the start of the server.',
  }),
  battery_percent: Type.Union([Type.Number(), Type.Null()]),
});
// A title names a schema that documents refer to.
const AlarmObject = Type.Unsafe<Alarm>(
  Type.Object(
    {},
    { title: 'Alarm', additionalProperties: true, description: 'An alarm: docs/protocol.md, "Alarm".' },
  ),
);

const access = {
  clinician: Type.String({ pattern: ID_PATTERN, description: 'Who broke the glass.' }),
  reason: Type.String({ description: 'Why, in their own words.' }),
  from: Time,
  until: Type.Integer({ minimum: 0, description: 'When it ends, or ended.' }),
};

export const PatientSnapshot = Type.Object(
  {
    patient: Name,
    ward: Name,
    label: Type.String({ description: 'What staff call them at the bedside.' }),
    values: Type.Unsafe<Partial<Record<string, Static<typeof NewestValue>>>>(
      Type.Record(Type.String(), NewestValue, { description: 'The newest value of each vital, by name.' }),
    ),
    devices: Type.Array(DeviceState, { description: 'Devices the patient wears, connected or not.' }),
    alarms: Type.Array(AlarmObject, { description: 'Live alarms.' }),
    access: Type.Array(Type.Object(access), {
      description: 'Who sees the patient now although outside their scope (break-glass access).',
    }),
  },
  { title: 'PatientSnapshot', description: 'Where a patient stands.' },
);

export const SnapshotFrame = Type.Object(
  {
    type: Type.Literal('snapshot'),
    time: Time,
    cursor: CursorText,
    patients: Type.Array(PatientSnapshot, { description: 'Everyone the subscription covers.' }),
    unassigned: Type.Array(AlarmObject, { description: 'Live alarms of devices nobody wears.' }),
  },
  {
    description:
      'Where everything stands, as of `cursor`. `unassigned`: alarms of devices nobody wears (charge and admin only).',
  },
);
export const FeedVitalsFrame = Type.Object(
  {
    type: Type.Literal('vitals'),
    patient: Name,
    time: Time,
    values: Type.Unsafe<Partial<Record<string, { value: number; t: number }>>>(
      // A record over an enumeration would ask for every vital in every frame.
      Type.Partial(Type.Record(Type.Enum([...VITAL_NAMES]), Type.Object({ value: Type.Number(), t: Time }))),
    ),
  },
  { description: 'The newest values of a patient; at most one frame per patient per second.' },
);
export const FeedWaveformFrame = Type.Object(
  {
    type: Type.Literal('waveform'),
    patient: Name,
    device: Name,
    signal: Type.Enum([...SIGNAL_NAMES]),
    t: Time,
    rate_hz: Type.Number({ description: 'Values a second.' }),
    values: Type.Array(Type.Number()),
  },
  { description: 'A chunk of a live trace; dropped for a reader that is too slow.' },
);
export const AlarmFrame = Type.Object(
  {
    type: Type.Literal('alarm'),
    cursor: CursorText,
    event: Type.Enum([...ALARM_EVENTS], { description: 'What happened to the alarm.' }),
    at: Time,
    alarm: AlarmObject,
  },
  { description: "One step in an alarm's life. Never dropped." },
);
export const PresenceFrame = Type.Object(
  {
    type: Type.Literal('presence'),
    patient: Type.Union([Name, Type.Null()], { description: 'Null: nobody wears it.' }),
    device: Name,
    presence: Type.Enum(['on', 'silent', 'off']),
    at: Time,
    battery_percent: Type.Union([Type.Number(), Type.Null()]),
  },
  { description: 'A device came, fell silent or went, or its battery is another.' },
);
export const AccessFrame = Type.Object(
  {
    type: Type.Literal('access'),
    patient: Name,
    ...access,
    ended: Type.Optional(Type.Boolean({ description: 'True: it is over, given up or by its time.' })),
  },
  { description: 'Somebody broke the glass to see a patient outside their scope, or has ceased to.' },
);
export const FeedResultFrame = Type.Object(
  {
    type: Type.Literal('result'),
    id: RequestId,
    command: Type.String({ description: 'The `type` of the command answered.' }),
    ok: Type.Boolean({ description: 'Whether it was carried out.' }),
    code: Type.Optional(Type.String({ description: 'Why not: a code of the error table.' })),
    message: Type.Optional(Type.String({ description: 'For people.' })),
  },
  { description: 'Answer to a command; `code` is of the error table.' },
);
export const HeartbeatFrame = Type.Object(
  { type: Type.Literal('heartbeat'), time: Time, cursor: CursorText },
  { description: 'The feed is alive although nothing happens.' },
);
export const GapFrame = Type.Object(
  { type: Type.Literal('gap'), oldest: CursorText },
  { description: 'The cursor given is older than what is kept: a fresh snapshot follows.' },
);

/** What the feed sends, by `type`. */
export const FEED_TO_CLIENT = {
  snapshot: SnapshotFrame,
  vitals: FeedVitalsFrame,
  waveform: FeedWaveformFrame,
  alarm: AlarmFrame,
  presence: PresenceFrame,
  access: AccessFrame,
  result: FeedResultFrame,
  heartbeat: HeartbeatFrame,
  gap: GapFrame,
} as const;

export type FeedCommand = Static<(typeof CLIENT_TO_FEED)[keyof typeof CLIENT_TO_FEED]>;
export type FeedFrame = Static<(typeof FEED_TO_CLIENT)[keyof typeof FEED_TO_CLIENT]>;
export type SnapshotFrame = Static<typeof SnapshotFrame>;
export type PatientSnapshot = Static<typeof PatientSnapshot>;
export type NewestValue = Static<typeof NewestValue>;
export type AccessFrame = Static<typeof AccessFrame>;

/** What the feed says of a break-glass access, without the patient. */
export function accessOf({
  clinician,
  reason,
  from,
  until,
}: AccessGrant): Omit<AccessFrame, 'type' | 'patient'> {
  return { clinician, reason, from, until };
}

/** The frame that announces an access, or its end. */
export function accessFrame(grant: AccessGrant, ended: boolean): AccessFrame {
  return { type: 'access', patient: grant.patient, ...accessOf(grant), ...(ended ? { ended } : {}) };
}
