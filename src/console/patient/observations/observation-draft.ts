import {
  CONSCIOUSNESS_LEVELS,
  type Consciousness,
  OXYGEN_USES,
  type OxygenUse,
} from '../../../model/news2.ts';
import { MAX_OBSERVATION_AGE_MS } from '../../../model/observation.ts';
import { isPossible, type Vital } from '../../../model/vital.ts';

/** Vitals that are entered by hand, in the order of the NEWS2 chart; then what a chart has beside it. */
export const OBSERVED_VITALS = {
  chart: ['resp_rate', 'spo2', 'systolic_bp', 'diastolic_bp', 'pulse_rate', 'body_temp'],
  further: ['glucose', 'heart_rate', 'mean_bp', 'skin_temp'],
} as const satisfies Readonly<Record<string, readonly Vital[]>>;

/** The form as it was filled in: texts, as they were typed. */
export interface ObservationDraft {
  readonly values: Readonly<Partial<Record<Vital, string>>>;
  /** Empty: not observed. */
  readonly oxygen: string;
  readonly consciousness: string;
  /** As `datetime-local` gives it, in the reader's zone; empty: now. */
  readonly when: string;
}

/** What is sent: the fields of `observe`. */
export interface ObservationEntryBody {
  readonly t?: number;
  readonly values?: Partial<Record<Vital, number>>;
  readonly oxygen?: OxygenUse;
  readonly consciousness?: Consciousness;
}

/** What is wrong, field by field. */
export type ObservationFault =
  | { readonly field: Vital; readonly kind: 'no_number' | 'impossible'; readonly entered: string }
  | { readonly field: 'when'; readonly kind: 'no_time' | 'too_old' | 'ahead' }
  | { readonly field: 'all'; readonly kind: 'empty' };

export type CheckedObservation =
  | { readonly kind: 'entry'; readonly entry: ObservationEntryBody }
  | { readonly kind: 'faults'; readonly faults: readonly ObservationFault[] };

export const EMPTY_DRAFT: ObservationDraft = { values: {}, oxygen: '', consciousness: '', when: '' };

/** A minute ahead is what the server takes of a clock that is off. Milliseconds. */
const AHEAD_MS = 60_000;

/** Checks a form by the catalogue and turns it into what is sent. @param now server's clock, ms */
export function checkedObservation(draft: ObservationDraft, now: number): CheckedObservation {
  const faults: ObservationFault[] = [];
  const values: Partial<Record<Vital, number>> = {};
  for (const [vital, typed] of Object.entries(draft.values) as [Vital, string][]) {
    const entered = typed.trim();
    if (entered === '') continue;
    const value = numberOf(entered);
    if (value === null) faults.push({ field: vital, kind: 'no_number', entered });
    else if (!isPossible(vital, value)) faults.push({ field: vital, kind: 'impossible', entered });
    else values[vital] = value;
  }
  const oxygen = OXYGEN_USES.find((use) => use === draft.oxygen);
  const consciousness = CONSCIOUSNESS_LEVELS.find((level) => level === draft.consciousness);
  const t = draft.when === '' ? undefined : new Date(draft.when).getTime();
  if (t !== undefined) {
    if (Number.isNaN(t)) faults.push({ field: 'when', kind: 'no_time' });
    else if (t < now - MAX_OBSERVATION_AGE_MS) faults.push({ field: 'when', kind: 'too_old' });
    else if (t > now + AHEAD_MS) faults.push({ field: 'when', kind: 'ahead' });
  }
  const measured = Object.keys(values).length > 0;
  if (faults.length === 0 && !measured && oxygen === undefined && consciousness === undefined)
    faults.push({ field: 'all', kind: 'empty' });
  if (faults.length > 0) return { kind: 'faults', faults };
  return {
    kind: 'entry',
    entry: {
      ...(t === undefined ? {} : { t }),
      ...(measured ? { values } : {}),
      ...(oxygen === undefined ? {} : { oxygen }),
      ...(consciousness === undefined ? {} : { consciousness }),
    },
  };
}

/** A number as people write it, with a point or a comma; null: it is none. `1.000` is one, not a thousand. */
function numberOf(typed: string): number | null {
  return /^-?\d{1,6}([.,]\d{1,3})?$/.test(typed) ? Number(typed.replace(',', '.')) : null;
}

/** A time as `datetime-local` takes it, in the reader's zone, to the minute. */
export function localMinute(at: number): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
