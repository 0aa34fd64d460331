import type { EpochMs } from '../core/clock.ts';
import { QUALITIES, type Sample } from '../model/sample.ts';
import { isPossible, isVital, possibleRange, type Vital } from '../model/vital.ts';
import type { RejectCode } from '../protocol/reject-codes.ts';
import { timeFault } from './time-check.ts';

/** Samples of one frame that are refused for the same reason. */
export interface Rejection {
  readonly code: RejectCode;
  /** Names the field, the value and what is allowed, of the first such sample. */
  readonly message: string;
  readonly samples: number[];
}

export interface CheckedSamples {
  readonly samples: readonly Sample[];
  readonly rejections: readonly Rejection[];
  /** Vitals that came with a value no person can have: a fault of the measurement, worth an alarm (rule 5). */
  readonly impossible: readonly { readonly vital: Vital; readonly t: EpochMs }[];
  /** What is possible of the samples refused for an impossible value: never stored, but a breach in it is a breach. */
  readonly remainders: readonly Sample[];
}

type Fault = { readonly code: RejectCode; readonly message: string; readonly vital?: Vital };

/** What is wrong with a sample, a plain object, or null. `__proto__`, where it is a property, is an unknown vital like any other. */
function faultOf(raw: unknown, now: EpochMs, retentionMs: number): Fault | null {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return { code: 'invalid_sample', message: 'a sample is an object' };
  let t: unknown;
  let vitals = 0;
  let impossible: Fault | null = null;
  for (const key in raw) {
    const value: unknown = (raw as Readonly<Record<string, unknown>>)[key];
    if (key === 't') {
      t = value;
    } else if (key === 'quality') {
      if (!QUALITIES.some((quality) => quality === value))
        return { code: 'invalid_sample', message: `quality is one of ${QUALITIES.join(', ')}` };
    } else if (!isVital(key)) {
      return {
        code: 'unknown_vital',
        message: `${JSON.stringify(key.slice(0, 64))} is not a vital of the catalogue`,
      };
    } else if (typeof value !== 'number') {
      return { code: 'invalid_sample', message: `${key} is a number` };
    } else if (!isPossible(key, value)) {
      impossible ??= {
        code: 'impossible_value',
        message: `${key} ${value} is impossible: ${possibleRange(key)}`,
        vital: key,
      };
    } else {
      vitals++;
    }
  }
  if (typeof t !== 'number' || !Number.isSafeInteger(t) || t < 0)
    return { code: 'invalid_sample', message: 't is an integer, milliseconds since the Unix epoch' };
  const untimely = timeFault(t, now, retentionMs);
  if (untimely) return untimely;
  if (impossible) return impossible;
  if (vitals === 0) return { code: 'invalid_sample', message: 'a sample holds at least one vital' };
  return null;
}

/** A sample without its impossible values; null when no vital is left. */
function remainderOf(sample: Sample): Sample | null {
  const entries = Object.entries(sample).filter(
    ([key, value]) => !isVital(key) || isPossible(key, Number(value)),
  );
  return entries.some(([key]) => isVital(key)) ? (Object.fromEntries(entries) as Sample) : null;
}

/** Checks the samples of a frame one by one: a wrong one is refused alone, the rest goes on untouched. */
export function checkSamples(raw: readonly unknown[], now: EpochMs, retentionMs: number): CheckedSamples {
  for (const candidate of raw)
    if (faultOf(candidate, now, retentionMs) !== null) return sorted(raw, now, retentionMs);
  return { ...ALL_GOOD, samples: raw as readonly Sample[] };
}

const ALL_GOOD = { rejections: [], impossible: [], remainders: [] };

/** The good from the bad. */
function sorted(raw: readonly unknown[], now: EpochMs, retentionMs: number): CheckedSamples {
  const samples: Sample[] = [];
  const rejections = new Map<RejectCode, Rejection>();
  const impossible: { vital: Vital; t: EpochMs }[] = [];
  const remainders: Sample[] = [];
  raw.forEach((candidate, index) => {
    const fault = faultOf(candidate, now, retentionMs);
    if (!fault) {
      samples.push(candidate as Sample);
      return;
    }
    if (fault.vital) {
      const sample = candidate as Sample;
      impossible.push({ vital: fault.vital, t: sample.t });
      const remainder = remainderOf(sample);
      if (remainder) remainders.push(remainder);
    }
    const known = rejections.get(fault.code);
    if (known) known.samples.push(index);
    else rejections.set(fault.code, { code: fault.code, message: fault.message, samples: [index] });
  });
  return { samples, rejections: [...rejections.values()], impossible, remainders };
}
