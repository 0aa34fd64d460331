import type { Schema } from '../input/schema.ts';

/**
 * Whether a value is as its schema says: a second opinion, which shares no code with the codec's. Lengths are counted in
 * UTF-16 units, which is at least what people take for characters: what gets past a codec must be bounded in memory.
 */
export function conforms(schema: Schema, value: unknown): boolean {
  if ('const' in schema) return value === schema.const;
  if (schema.enum) return schema.enum.includes(value);
  if (schema.anyOf) return schema.anyOf.some((one) => conforms(one, value));
  switch (schema.type) {
    case 'object':
      return isObject(value) && objectConforms(schema, value);
    case 'array':
      return listConforms(schema, value);
    case 'string':
      return typeof value === 'string' && textConforms(schema, value);
    case 'integer':
      return Number.isInteger(value) && inRange(schema, Number(value));
    case 'number':
      return typeof value === 'number' && inRange(schema, value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'null':
      return value === null;
    default:
      return true;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectConforms(schema: Schema, value: Readonly<Record<string, unknown>>): boolean {
  if (schema.required?.some((name) => !Object.hasOwn(value, name))) return false;
  if (schema.maxProperties !== undefined && Object.keys(value).length > schema.maxProperties) return false;
  const of = (name: string): Schema | undefined =>
    schema.properties?.[name] ?? Object.values(schema.patternProperties ?? {})[0];
  return Object.entries(value).every(([name, one]) => {
    const known =
      Object.hasOwn(schema.properties ?? {}, name) || schema.patternProperties ? of(name) : undefined;
    return known === undefined || conforms(known, one);
  });
}

/** In CBOR the numbers of a waveform may come as a typed array. */
function listConforms(
  { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: Schema,
  value: unknown,
): boolean {
  const list = value instanceof Float64Array ? Array.from(value) : value;
  if (!Array.isArray(list) || list.length < minItems || list.length > maxItems) return false;
  return items === undefined || list.every((one) => conforms(items, one));
}

function textConforms({ minLength = 0, maxLength, pattern }: Schema, value: string): boolean {
  if (maxLength !== undefined && value.length > 2 * maxLength) return false;
  return value.length >= minLength && (pattern === undefined || new RegExp(pattern, 'u').test(value));
}

function inRange({ minimum, exclusiveMinimum, maximum }: Schema, value: number): boolean {
  if (minimum !== undefined && !(value >= minimum)) return false;
  if (exclusiveMinimum !== undefined && !(value > exclusiveMinimum)) return false;
  return maximum === undefined || value <= maximum;
}
