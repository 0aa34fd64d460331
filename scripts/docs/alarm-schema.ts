import Type, { type Static } from 'typebox';
import { type Alarm, CIRCLES, PRESENCES, TECHNICAL_CONDITIONS } from '../../src/model/alarm.ts';
import { COURSES, DIRECTIONS, PRIORITIES } from '../../src/model/limit.ts';
import { NEWS2_TRIGGERS } from '../../src/model/news2.ts';
import { VITAL_NAMES, type Vital } from '../../src/model/vital.ts';

const time = (description: string) => Type.Integer({ minimum: 0, description });
const orNull = <Schema extends Type.TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const common = {
  id: Type.String({
    description: 'Derived from what it is about and its onset: a replay gives the same id.',
  }),
  priority: Type.Enum([...PRIORITIES], { description: 'The highest reached.' }),
  presence: Type.Enum([...PRESENCES], {
    description:
      '`on`: the condition lasts; `latched`: it is gone and nobody has seen it; `ack`: it lasts and a person has seen it; `off`: it is over.',
  }),
  onset: time('Sample time at which it was raised, after the onset delay.'),
  ended: orNull(Type.Integer(), 'Sample time at which the condition ended; null while it lasts.'),
  cleared: orNull(
    Type.Integer(),
    'When it was over: with its condition, or, latched, when a person had seen it; null while it lives.',
  ),
  raised_at: time('Server time at which it was raised.'),
  alerted_at: time(
    'Server time since which it waits for a person: raised, worse, back, off the shelf, or alerting again.',
  ),
  circle: Type.Enum([...CIRCLES], {
    description: 'Who is to respond: those named for the patient, everyone of the ward, everyone on duty.',
  }),
  escalated_at: orNull(Type.Integer(), 'Server time at which the circle was widened last; null: not yet.'),
  received_at: orNull(
    Type.Integer(),
    'Server time at which the first client confirmed to have it since `alerted_at`; null: none did.',
  ),
  unattended: Type.Boolean({ description: 'No client confirmed to have it in time.' }),
  shelved_until: orNull(Type.Integer(), 'Until when it is shelved; null: it is not.'),
  acknowledged_by: orNull(Type.String(), 'The clinician who has seen it.'),
  acknowledged_at: orNull(Type.Integer(), 'Server time of that.'),
  first_acknowledged_at: orNull(
    Type.Integer(),
    'Server time at which a person first had seen it, however often it alerted again.',
  ),
};

const physiological = {
  kind: Type.Literal('physiological'),
  ...common,
  patient: Type.String(),
  breached_since: time('Sample time of the first breach of the tier that raised it.'),
  retrospective: Type.Boolean({ description: 'Found in late samples: listed, never sounded.' }),
};
const device = Type.String({ description: 'The device whose samples raised it.' });
const vital = Type.Enum([...VITAL_NAMES]);

export const LimitAlarmSchema = Type.Object(
  {
    ...physiological,
    cause: Type.Literal('limit'),
    device,
    vital,
    direction: Type.Enum([...DIRECTIONS], { description: 'Which side of the limit the value is beyond.' }),
    threshold: Type.Number({ description: 'Of the highest tier reached, in the unit of the vital.' }),
    value: Type.Number({ description: 'The value that raised it, or raised its priority last.' }),
  },
  {
    title: 'LimitAlarm',
    description: 'About the person: a vital is beyond a limit.',
    additionalProperties: false,
  },
);

export const ChangeAlarmSchema = Type.Object(
  {
    ...physiological,
    cause: Type.Literal('change'),
    device,
    vital,
    course: Type.Enum([...COURSES], { description: 'Which way the vital goes.' }),
    threshold: Type.Number({ description: 'The change that the highest tier reached allows.' }),
    window_ms: time('Within which time.'),
    change: Type.Number({ description: 'The change that raised it, or raised its priority last.' }),
    value: Type.Number({ description: 'The value it had come to.' }),
  },
  {
    title: 'ChangeAlarm',
    description: 'About the person: a vital falls or rises too fast.',
    additionalProperties: false,
  },
);

export const CombinationAlarmSchema = Type.Object(
  {
    ...physiological,
    cause: Type.Literal('combination'),
    device: Type.String({ description: 'The device whose sample completed it.' }),
    name: Type.String({ description: 'The name of the combination.' }),
    values: Type.Unsafe<Partial<Record<Vital, number>>>(
      Type.Record(Type.String(), Type.Number(), { description: 'The values that raised it, by vital.' }),
    ),
  },
  {
    title: 'CombinationAlarm',
    description: 'About the person: several vitals are beyond their thresholds at once.',
    additionalProperties: false,
  },
);

export const News2AlarmSchema = Type.Object(
  {
    ...physiological,
    cause: Type.Literal('news2'),
    device: Type.Null({ description: 'It is of no one device.' }),
    score: Type.Integer({ description: 'NEWS2.' }),
    trigger: Type.Enum([...NEWS2_TRIGGERS], { description: 'What it calls for.' }),
  },
  {
    title: 'News2Alarm',
    description: 'About the person: NEWS2 has reached a trigger.',
    additionalProperties: false,
  },
);

export const TechnicalAlarmSchema = Type.Object(
  {
    kind: Type.Literal('technical'),
    ...common,
    patient: orNull(Type.String(), 'Null only for a device that nobody wears.'),
    device,
    condition: Type.Enum([...TECHNICAL_CONDITIONS], { description: 'What is wrong with the measurement.' }),
    vital: orNull(Type.Enum([...VITAL_NAMES]), 'Null: the whole device.'),
    last_value_at: orNull(Type.Integer(), 'Time of the last good value; null if there was none.'),
  },
  {
    title: 'TechnicalAlarm',
    description: 'About the measurement, not the person.',
    additionalProperties: false,
  },
);

/** The forms of an alarm, by the title that documents refer to. */
export const ALARM_FORMS = {
  LimitAlarm: LimitAlarmSchema,
  ChangeAlarm: ChangeAlarmSchema,
  CombinationAlarm: CombinationAlarmSchema,
  News2Alarm: News2AlarmSchema,
  TechnicalAlarm: TechnicalAlarmSchema,
} as const;

/** The Alarm object of the feed and of REST. */
export const AlarmSchema = Type.Union(
  [LimitAlarmSchema, ChangeAlarmSchema, CombinationAlarmSchema, News2AlarmSchema, TechnicalAlarmSchema],
  { title: 'Alarm' },
);

/** Compiles only while the schema allows what the model says. */
export const alarmAsDocumented = (alarm: Alarm): Static<typeof AlarmSchema> => alarm;
