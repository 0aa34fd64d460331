import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/** A frame that was read, or why it could not be (for the close reason and the log; never echoes values). */
export type Decoded<Frame> =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly problem: string };

/** Checks an already parsed value. */
export type FrameCheck<Frame> = (value: unknown) => Decoded<Frame>;

/**
 * Compiles a table of frame schemas, by `type`, into one check. Fields the schemas do not name are let through, so
 * that an older server reads a newer client's frames.
 */
export function frameCheck<Frame>(schemas: Readonly<Record<string, TSchema>>): FrameCheck<Frame> {
  const validators = new Map<string, Validator>();
  for (const [type, schema] of Object.entries(schemas)) validators.set(type, Compile(schema));
  const known = [...validators.keys()].join(', ');
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { ok: false, problem: 'a frame is an object' };
    const type: unknown = 'type' in value ? value.type : undefined;
    if (typeof type !== 'string') return { ok: false, problem: 'type is missing' };
    const validator = validators.get(type);
    if (!validator) return { ok: false, problem: `unknown type: known are ${known}` };
    if (validator.Check(value)) return { ok: true, frame: value as Frame };
    const first = validator.Errors(value)[0];
    return {
      ok: false,
      problem: `${type}${(first?.instancePath ?? '').replaceAll('/', '.')} ${first?.message ?? 'is invalid'}`,
    };
  };
}
