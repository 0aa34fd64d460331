import type { FrameSchemas } from '../input/schema.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFlat = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** A sample as it is where it could be one, else 0: others are refused one by one, and never written. */
function sampleOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 0;
  const fits = Object.values(value).every((one) => isFlat(one) && typeof one !== 'bigint');
  return fits && Object.getPrototypeOf(value) === Object.prototype ? value : 0;
}

/** What a frame says in the fields that its schema names: unknown ones are let through and read by nobody. */
export function knownPart(schemas: FrameSchemas, frame: Fields): Record<string, unknown> {
  const known: Record<string, unknown> = {};
  for (const name of Object.keys(schemas[String(frame.type)]?.properties ?? {})) {
    if (!Object.hasOwn(frame, name)) continue;
    const value = frame[name];
    known[name] = name === 'samples' && Array.isArray(value) ? value.map(sampleOf) : value;
  }
  return known;
}

/** What no encoding can carry is equal to what it makes of it: JSON has no infinity, and UTF-8 no lone surrogate. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a === 'number')
    return a === b || (Number.isNaN(a) && Number.isNaN(b)) || (!Number.isFinite(a) && b === null);
  if (typeof a === 'string') return typeof b === 'string' && a.toWellFormed() === b.toWellFormed();
  if (a === null || typeof a !== 'object') return a === b;
  if (b === null || typeof b !== 'object') return false;
  if (ArrayBuffer.isView(a) || Array.isArray(a)) {
    const [as, bs] = [Array.from(a as ArrayLike<unknown>), Array.from(b as ArrayLike<unknown>)];
    return as.length === bs.length && as.every((one, i) => sameValue(one, bs[i]));
  }
  const [as, bs] = [a as Fields, b as Fields];
  const names = Object.keys(as);
  return (
    names.length === Object.keys(bs).length &&
    names.every((name) => Object.hasOwn(bs, name) && sameValue(as[name], bs[name]))
  );
}
