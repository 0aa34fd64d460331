import Type, { type Static } from 'typebox';
import { type Alarm, TECHNICAL_CONDITIONS } from '../../src/model/alarm.ts';
import { DIRECTIONS, PRIORITIES } from '../../src/model/limit.ts';
import { VITAL_NAMES } from '../../src/model/vital.ts';

const time = (description: string) => Type.Integer({ minimum: 0, description });
const orNull = <Schema extends Type.TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const common = {
  id: Type.String({
    description: 'Derived from what it is about and its onset: a replay gives the same id.',
  }),
  patient: orNull(Type.String(), 'Null only for a device that nobody wears.'),
  device: Type.String({ description: 'The device whose samples raised it.' }),
  priority: Type.Enum([...PRIORITIES], { description: 'The highest reached.' }),
  presence: Type.Enum(['on', 'ack', 'off'], {
    description: '`on`: the condition lasts; `ack`: it lasts and a person has seen it; `off`: it is over.',
  }),
  onset: time('Sample time at which it was raised, after the onset delay.'),
  cleared: orNull(Type.Integer(), 'Sample time at which it cleared; null while it lives.'),
  acknowledged_by: orNull(Type.String(), 'The clinician who has seen it.'),
  acknowledged_at: orNull(Type.Integer(), 'Server time of that.'),
};

export const PhysiologicalAlarmSchema = Type.Object(
  {
    kind: Type.Literal('physiological'),
    ...common,
    vital: Type.Enum([...VITAL_NAMES]),
    direction: Type.Enum([...DIRECTIONS], { description: 'Which side of the limit the value is beyond.' }),
    threshold: Type.Number({ description: 'Of the highest tier reached, in the unit of the vital.' }),
    value: Type.Number({ description: 'The value that raised it, or raised its priority last.' }),
    breached_since: time('Sample time of the first breach of the tier that raised it.'),
    retrospective: Type.Boolean({ description: 'Found in late samples: listed, never sounded.' }),
  },
  {
    title: 'PhysiologicalAlarm',
    description: 'About the person: a vital is beyond a limit.',
    additionalProperties: false,
  },
);

export const TechnicalAlarmSchema = Type.Object(
  {
    kind: Type.Literal('technical'),
    ...common,
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

/** The Alarm object of the feed and of REST. */
export const AlarmSchema = Type.Union([PhysiologicalAlarmSchema, TechnicalAlarmSchema], { title: 'Alarm' });

/** Compiles only while the schema allows what the model says. */
export const alarmAsDocumented = (alarm: Alarm): Static<typeof AlarmSchema> => alarm;
