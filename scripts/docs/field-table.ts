import type { JsonSchema } from './json-schema.ts';
import { markdownTable } from './markdown-table.ts';

interface ObjectSchema extends JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
}

const code = (value: unknown): string => `\`${String(value)}\``;

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((one) => typeOf(one as JsonSchema)).join(' or ');
  if (typeof schema.title === 'string' && schema.type !== 'array') return schema.title;
  if (schema.type === 'array') {
    const of = typeOf((schema.items ?? {}) as JsonSchema);
    return of === 'any' ? 'array' : `array of ${of}`;
  }
  return typeof schema.type === 'string' ? schema.type : 'any';
}

function limitsOf(schema: JsonSchema): string {
  const limits: string[] = [];
  const add = (key: string, text: (value: unknown) => string): void => {
    if (schema[key] !== undefined) limits.push(text(schema[key]));
  };
  add('minimum', (value) => `>= ${value}`);
  add('exclusiveMinimum', (value) => `> ${value}`);
  if (schema.maximum !== Number.MAX_SAFE_INTEGER) add('maximum', (value) => `<= ${value}`);
  add('exclusiveMaximum', (value) => `< ${value}`);
  const { minLength, maxLength, minItems, maxItems } = schema;
  if (maxLength !== undefined)
    limits.push(
      minLength === maxLength ? `${maxLength} characters` : `${minLength ?? 0} to ${maxLength} characters`,
    );
  if (maxItems !== undefined) limits.push(`${minItems ?? 0} to ${maxItems} items`);
  if (schema.pattern !== undefined) limits.push('an id');
  add('default', (value) => `default ${value}`);
  return limits.join(', ');
}

/** The fields of an object, one row each: name, whether it must be there, type with limits, meaning. */
export function fieldTable(schema: JsonSchema): string {
  const { properties = {}, required = [] } = schema as ObjectSchema;
  return markdownTable(
    ['field', 'must', 'type', 'limits', 'meaning'],
    Object.entries(properties).map(([name, field]) => [
      code(name),
      required.includes(name) ? 'yes' : 'no',
      typeOf(field),
      limitsOf(field),
      typeof field.description === 'string' ? field.description : '',
    ]),
  );
}
