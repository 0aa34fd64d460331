import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/** A frame that was read, or why it could not be (for the close reason and the log; never echoes values). */
export type Decoded<Frame> =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly problem: string };

/** Checks an already parsed value. */
export type FrameCheck<Frame> = (value: unknown) => Decoded<Frame>;

const FIELD_NAME = /^(?:[a-z][a-z0-9_]{0,31}|[0-9]{1,6})$/;

/** Where in a frame, as far as there are names of fields: any other name was chosen by the peer, and may be a secret. */
function placeOf(instancePath: string): string {
  const names = instancePath.split('/').slice(1);
  const strange = names.findIndex((name) => !FIELD_NAME.test(name));
  return (strange < 0 ? names : names.slice(0, strange)).map((name) => `.${name}`).join('');
}

/** A field that may hold only so many things. */
interface Bound {
  readonly name: string;
  readonly most: number;
  readonly of: 'items' | 'properties';
}

function boundsOf(schema: TSchema): readonly Bound[] {
  const { properties = {} } = schema as {
    properties?: Record<string, { maxItems?: number; maxProperties?: number }>;
  };
  return Object.entries(properties).flatMap(([name, { maxItems, maxProperties }]): Bound[] => {
    if (maxItems !== undefined) return [{ name, most: maxItems, of: 'items' }];
    return maxProperties === undefined ? [] : [{ name, most: maxProperties, of: 'properties' }];
  });
}

/** What holds too much, if anything does: to look for errors in each thing of it takes a third of a second. */
function tooMuch(frame: object, bounds: readonly Bound[]): string | null {
  for (const { name, most, of } of bounds) {
    const value: unknown = (frame as Record<string, unknown>)[name];
    if (typeof value !== 'object' || value === null) continue;
    const size = Array.isArray(value) ? value.length : Object.keys(value).length;
    if (size > most) return `.${name} must not have more than ${most} ${of}`;
  }
  return null;
}

/**
 * Compiles a table of frame schemas, by `type`, into one check. Fields the schemas do not name are let through, so
 * that an older server reads a newer client's frames.
 */
export function frameCheck<Frame>(schemas: Readonly<Record<string, TSchema>>): FrameCheck<Frame> {
  const types = new Map<string, { readonly validator: Validator; readonly bounds: readonly Bound[] }>();
  for (const [type, schema] of Object.entries(schemas))
    types.set(type, { validator: Compile(schema), bounds: boundsOf(schema) });
  const known = [...types.keys()].join(', ');
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { ok: false, problem: 'a frame is an object' };
    const type: unknown = 'type' in value ? value.type : undefined;
    if (typeof type !== 'string') return { ok: false, problem: 'type is missing' };
    const checks = types.get(type);
    if (!checks) return { ok: false, problem: `unknown type: known are ${known}` };
    const { validator, bounds } = checks;
    if (validator.Check(value)) return { ok: true, frame: value as Frame };
    const excess = tooMuch(value, bounds);
    if (excess !== null) return { ok: false, problem: `${type}${excess}` };
    const first = validator.Errors(value)[0];
    const place = placeOf(first?.instancePath ?? '');
    return { ok: false, problem: `${type}${place} ${first?.message ?? 'is invalid'}` };
  };
}
