import { QUALITIES } from '../../src/model/sample.ts';
import { type Bound, VITAL_NAMES, VITALS, type Vital } from '../../src/model/vital.ts';
import type { JsonSchema } from './json-schema.ts';

function bounds(min: Bound, max: Bound | null): JsonSchema {
  return {
    [min.inclusive ? 'minimum' : 'exclusiveMinimum']: min.value,
    ...(max === null ? {} : { [max.inclusive ? 'maximum' : 'exclusiveMaximum']: max.value }),
  };
}

function vitalSchema(vital: Vital): JsonSchema {
  const { label, unit, loinc, min, max } = VITALS[vital];
  return { type: 'number', ...bounds(min, max), description: `${label} in ${unit} (UCUM). LOINC ${loinc}.` };
}

/** A sample as the server takes it, from the vital catalogue; what does not fit is rejected alone. */
export function sampleSchema(): JsonSchema {
  return {
    title: 'Sample',
    description: 'One moment: its time and at least one vital. What does not fit is rejected alone.',
    type: 'object',
    required: ['t'],
    properties: {
      t: {
        type: 'integer',
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description:
          'When it was measured: milliseconds since the Unix epoch, UTC, by the clock of the device.',
      },
      ...Object.fromEntries(VITAL_NAMES.map((vital) => [vital, vitalSchema(vital)])),
      quality: {
        enum: [...QUALITIES],
        default: 'good',
        description: 'Anything but good keeps the values of this moment out of physiological alarms.',
      },
    },
    anyOf: VITAL_NAMES.map((vital) => ({ required: [vital] })),
    additionalProperties: false,
  };
}
