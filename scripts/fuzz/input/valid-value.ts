import { ID_PATTERN } from '../../../src/model/ids.ts';
import { SIGNAL_NAMES } from '../../../src/model/signal.ts';
import { VITAL_NAMES } from '../../../src/model/vital.ts';
import type { FuzzRandom } from '../fuzz-random.ts';
import { TEXTS } from './hostile-atoms.ts';
import type { FrameSchemas, Schema } from './schema.ts';

/** What values are about: times near `now`, and names that mean something where the frames go. */
export interface Setting {
  readonly now: number;
  readonly names: readonly string[];
}

const WORDS = [...VITAL_NAMES, ...SIGNAL_NAMES, 'low', 'high', 'air', 'oxygen', 'alert', 'confused'] as const;

/** A value as its schema allows it, at the bounds as often as between them. */
export function validValue(schema: Schema, random: FuzzRandom, setting: Setting): unknown {
  if ('const' in schema) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  if (schema.anyOf) return validValue(random.pick(schema.anyOf), random, setting);
  switch (schema.type) {
    case 'object':
      return validObject(schema, random, setting);
    case 'array':
      return validList(schema, random, setting);
    case 'string':
      return validText(schema, random, setting);
    case 'integer':
      return validInteger(schema, random, setting);
    case 'number':
      return validNumber(schema, random, setting);
    case 'boolean':
      return random.oneIn(2);
    case 'null':
      return null;
    default:
      return sample(random, setting);
  }
}

/** A frame of one of the types. */
export function validFrame(
  schemas: FrameSchemas,
  random: FuzzRandom,
  setting: Setting,
): Record<string, unknown> {
  const schema = schemas[random.pick(Object.keys(schemas))] ?? {};
  return validObject(schema, random, setting);
}

function validObject(schema: Schema, random: FuzzRandom, setting: Setting): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    if (schema.required?.includes(name) || !random.oneIn(3)) made[name] = validValue(one, random, setting);
  }
  const [any] = Object.values(schema.patternProperties ?? {});
  if (any)
    for (let i = random.below(4); i > 0; i--) made[random.pick(WORDS)] = validValue(any, random, setting);
  return made;
}

function validList(
  { items = {}, minItems = 0, maxItems = 20 }: Schema,
  random: FuzzRandom,
  setting: Setting,
): unknown[] {
  const usual = Math.min(maxItems, minItems + random.below(6));
  // The most there may be, seldom: it costs as much as a thousand others.
  const length = random.oneIn(2_000) ? maxItems : usual;
  return Array.from({ length }, () => validValue(items, random, setting));
}

function validText(
  { minLength = 0, maxLength = 40, pattern }: Schema,
  random: FuzzRandom,
  setting: Setting,
): string {
  if (minLength === 36 && maxLength === 36) return random.uuid();
  if (pattern === ID_PATTERN) return random.pick(setting.names);
  if (random.oneIn(40)) return 'x'.repeat(random.oneIn(2) ? maxLength : minLength);
  if (random.oneIn(3)) return String(random.below(1_000)).slice(0, maxLength).padEnd(minLength, '0');
  if (random.oneIn(2)) return random.pick(random.oneIn(2) ? setting.names : WORDS).slice(0, maxLength);
  return random.pick(TEXTS).slice(0, maxLength).padEnd(minLength, 'x');
}

function validInteger(
  { minimum = -(2 ** 53) + 1, maximum = 2 ** 53 - 1 }: Schema,
  random: FuzzRandom,
  { now }: Setting,
): number {
  if (random.oneIn(20)) return random.pick([minimum, maximum]);
  if (maximum > now && random.oneIn(2)) return now + random.between(-100_000, 1_000);
  return random.between(Math.max(minimum, 0), Math.min(maximum, Math.max(minimum, 0) + 200));
}

function validNumber(schema: Schema, random: FuzzRandom, setting: Setting): number {
  const { minimum = -1e6, exclusiveMinimum, maximum = 1e6 } = schema;
  if (random.oneIn(4))
    return validInteger(
      { minimum: Math.ceil(exclusiveMinimum === undefined ? minimum : 1), maximum },
      random,
      setting,
    );
  if (exclusiveMinimum !== undefined && random.oneIn(20)) return Number.MIN_VALUE;
  const least = exclusiveMinimum ?? minimum;
  return least + ((maximum - least) * (1 + random.below(1_000_000))) / 1_000_000;
}

const QUALITY = ['good', 'motion', 'poor_contact', 'off_body'] as const;

/** One moment of vitals, most of it possible. */
export function sample(random: FuzzRandom, { now }: Setting): Record<string, unknown> {
  const made: Record<string, unknown> = { t: now - random.below(5_000) };
  for (let i = random.below(3); i >= 0; i--) made[random.pick(VITAL_NAMES)] = random.between(1, 200);
  if (random.oneIn(8)) made.quality = random.pick(QUALITY);
  return made;
}
