import { isVital, VITALS } from '../../model/vital.ts';

/** A vital as the page keeps it. Times in ms of the server's clock. */
export interface ShownValue {
  /** Null: unknown, though it was measured once. */
  readonly value: number | null;
  /** When it was measured, by the device's own clock. */
  readonly t: number;
  /** When it was measured, by the server's clock. */
  readonly measured: number;
  /** Why it is not to be trusted; absent: it is. */
  readonly quality?: 'motion' | 'poor_contact';
}

/** Silence shorter than this never makes a value unknown (clinical rule 4). Milliseconds. */
const LEAST_SILENCE_MS = 10_000;
const INTERVALS = 3;

/** How old a value may be and still be shown as current: three usual intervals, at least 10 s (clinical rule 4). */
export function currentForMs(vital: string): number {
  return isVital(vital)
    ? Math.max(LEAST_SILENCE_MS, INTERVALS * VITALS[vital].usualIntervalMs)
    : LEAST_SILENCE_MS;
}

/** From a snapshot, which knows the age whatever the device's clock says. */
export function fromSnapshot(
  at: number,
  {
    value,
    t,
    age_ms,
    quality,
  }: { value: number | null; t: number; age_ms: number; quality?: 'motion' | 'poor_contact' },
): ShownValue {
  return { value, t, measured: at - age_ms, ...(quality === undefined ? {} : { quality }) };
}

/**
 * From a `vitals` frame, which knows the device's time only: how far that clock is off was seen at the value before. A value
 * with the time of the one before is that one again, however new the frame.
 */
export function fromVitals(
  at: number,
  { value, t, quality }: { value: number; t: number; quality?: 'motion' | 'poor_contact' },
  before: ShownValue | undefined,
): ShownValue {
  if (before?.t === t && before.value === value) return before;
  const skew = before === undefined ? 0 : before.measured - before.t;
  // Nothing is measured after it is told.
  const measured = Math.min(at, t + skew);
  return { value, t, measured, ...(quality === undefined ? {} : { quality }) };
}

/** What to show of a value at `now` (server's clock): the number, or that it is unknown; and its age either way. */
export function shownAt(
  vital: string,
  { value, measured, quality }: ShownValue,
  now: number,
): { readonly value: number | null; readonly ageMs: number; readonly quality: ShownValue['quality'] | null } {
  const ageMs = Math.max(0, now - measured);
  return { value: ageMs > currentForMs(vital) ? null : value, ageMs, quality: quality ?? null };
}
