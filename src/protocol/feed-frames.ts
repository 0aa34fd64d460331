import Type, { type Static } from 'typebox';
import { ALARM_EVENTS, type Alarm } from '../model/alarm.ts';
import { ID_PATTERN } from '../model/ids.ts';
import { DIRECTIONS, PRIORITIES } from '../model/limit.ts';
import type { AccessGrant } from '../model/people.ts';
import type { Shelf } from '../model/shelf.ts';
import { SIGNAL_NAMES } from '../model/signal.ts';
import { VITAL_NAMES } from '../model/vital.ts';
import { CursorText, Name, RequestId, Time } from './feed-fields.ts';
import { ShownNews2 } from './observation-fields.ts';
import { News2Frame, ObservationFrame } from './observation-frames.ts';
import { ServiceFrame } from './service-frame.ts';

const ShownQuality = Type.Optional(
  Type.Enum(['motion', 'poor_contact'], {
    description: 'Why the value is not to be trusted, and raises no alarm; absent: it is.',
  }),
);
const NewestValue = Type.Object({
  value: Type.Union([Type.Number(), Type.Null()], {
    description: 'Null: unknown, the last value is too old to be shown as current.',
  }),
  t: Time,
  age_ms: Type.Integer({ description: "Time since it was measured, by the server's clock." }),
  quality: ShownQuality,
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

const Ward = Type.Union([Name, Type.Null()], {
  description: 'Where the patient is; null: nobody wears the device, or the patient is not known any more.',
});
// Open, not both schemas at once: the documented Alarm has no `ward`, and is closed.
const CallingAlarm = Type.Unsafe<Alarm & { readonly ward: Static<typeof Ward> }>(
  Type.Object({ ward: Ward }, { additionalProperties: true, description: 'An Alarm, and its ward.' }),
);

const access = {
  clinician: Type.String({ pattern: ID_PATTERN, description: 'Who broke the glass.' }),
  reason: Type.String({ description: 'Why, in their own words.' }),
  from: Time,
  until: Type.Integer({ minimum: 0, description: 'When it ends, or ended.' }),
};

const shelf = {
  id: Type.String({ description: 'What `unshelve` names.' }),
  vital: Type.Enum([...VITAL_NAMES]),
  direction: Type.Enum([...DIRECTIONS]),
  by: Type.String({ description: 'Who put it there.' }),
  reason: Type.String({ description: 'Why, in their own words.' }),
  from: Time,
  until: Type.Integer({ minimum: 0, description: 'When it ends, or ended.' }),
};
const unattended = {
  alarm: Type.String({ description: 'The `id` of the alarm.' }),
  patient: Name,
  ward: Type.Union([Name, Type.Null()], { description: 'Null: the patient is not known any more.' }),
  priority: Type.Enum([...PRIORITIES]),
  since: Type.Integer({ minimum: 0, description: 'Since when it waits for a person.' }),
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
    shelves: Type.Array(Type.Object(shelf), { description: 'Whose alarms do not sound now.' }),
    news2: ShownNews2,
  },
  { title: 'PatientSnapshot', description: 'Where a patient stands.' },
);

export const SnapshotFrame = Type.Object(
  {
    type: Type.Literal('snapshot'),
    time: Time,
    cursor: CursorText,
    patients: Type.Array(PatientSnapshot, { description: 'Everyone the subscription covers.' }),
    unassigned: Type.Array(AlarmObject, {
      description: 'Live alarms of devices nobody wears (charge and admin only).',
    }),
    escalated: Type.Array(CallingAlarm, {
      description:
        'Live alarms of patients not watched here that call everybody on duty: each an Alarm, with the `ward` to go to among its fields.',
    }),
    addressed: Type.Array(Type.String(), {
      description: 'The `id` of each of these alarms that is for the reader to respond to: these sound.',
    }),
    unattended: Type.Optional(
      Type.Array(Type.Object(unattended), {
        description: 'Live alarms that no client has confirmed in time (admins only).',
      }),
    ),
  },
  {
    description: 'Where everything stands, as of `cursor`.',
  },
);
const CurrentValue = Type.Object({ value: Type.Number(), t: Time, quality: ShownQuality });
export const FeedVitalsFrame = Type.Object(
  {
    type: Type.Literal('vitals'),
    patient: Name,
    time: Time,
    values: Type.Unsafe<Partial<Record<string, Static<typeof CurrentValue>>>>(
      // A record over an enumeration would ask for every vital in every frame.
      Type.Partial(Type.Record(Type.Enum([...VITAL_NAMES]), CurrentValue)),
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
    addressed: Type.Boolean({ description: 'Whether it is for the reader to respond: what is sounds.' }),
    ward: Ward,
    alarm: AlarmObject,
  },
  {
    description:
      "One step in an alarm's life. Never dropped. Of a patient not watched here: the alarm calls everybody on duty, until it is acknowledged, shelved or cleared.",
  },
);
export const UnattendedFrame = Type.Object(
  {
    type: Type.Literal('unattended'),
    cursor: CursorText,
    at: Time,
    ...unattended,
    over: Type.Boolean({ description: 'True: somebody has it, or it is over.' }),
  },
  { description: 'No client has confirmed an alarm in time, or one has (admins only). Never dropped.' },
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
export const ShelfFrame = Type.Object(
  {
    type: Type.Literal('shelf'),
    patient: Name,
    ...shelf,
    ended: Type.Optional(Type.Boolean({ description: 'True: it is over, cancelled or by its time.' })),
  },
  { description: 'Alarms were put on the shelf, or are on it no longer.' },
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
  shelf: ShelfFrame,
  unattended: UnattendedFrame,
  observation: ObservationFrame,
  news2: News2Frame,
  service: ServiceFrame,
  result: FeedResultFrame,
  heartbeat: HeartbeatFrame,
  gap: GapFrame,
} as const;

export type FeedFrame = Static<(typeof FEED_TO_CLIENT)[keyof typeof FEED_TO_CLIENT]>;
export type SnapshotFrame = Static<typeof SnapshotFrame>;
export type PatientSnapshot = Static<typeof PatientSnapshot>;
export type NewestValue = Static<typeof NewestValue>;
export type AccessFrame = Static<typeof AccessFrame>;
export type ShelfFrame = Static<typeof ShelfFrame>;
export type CallingAlarm = SnapshotFrame['escalated'][number];
export type UnattendedAlarm = NonNullable<SnapshotFrame['unattended']>[number];

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

/** What the feed says of a shelf, without the patient. */
export function shelfOf({
  id,
  vital,
  direction,
  by,
  reason,
  from,
  until,
}: Shelf): Omit<ShelfFrame, 'type' | 'patient'> {
  return { id, vital, direction, by, reason, from, until };
}

/** The frame that announces a shelf, or its end. */
export function shelfFrame(shelf: Shelf, ended: boolean): ShelfFrame {
  return { type: 'shelf', patient: shelf.patient, ...shelfOf(shelf), ...(ended ? { ended } : {}) };
}
