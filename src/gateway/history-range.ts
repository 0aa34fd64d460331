import type { Clock, EpochMs } from '../core/clock.ts';
import { ProblemError } from './problem-details.ts';

/** Rows one answer may hold. */
export const MAX_ROWS = 10_000;
const DEFAULT_SPAN_MS = 60 * 60 * 1_000;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The half-open [from, to) a query asks for; the last hour unless it says otherwise. @throws ProblemError `invalid_request` */
export function rangeOf(
  query: { readonly from?: number; readonly to?: number },
  clock: Clock,
): { readonly from: EpochMs; readonly to: EpochMs } {
  const to = query.to ?? clock.now() + 1;
  const from = query.from ?? to - DEFAULT_SPAN_MS;
  if (from >= to) throw new ProblemError('invalid_request', `from ${from} must be before to ${to}`);
  return { from, to };
}

/** A length of time such as `30s`, `5m`, `1h`, in ms. @param field for the message @throws ProblemError `invalid_request` */
export function lengthOf(text: string, field: string): number {
  const [, count, unit] = /^([1-9]\d{0,6})(ms|s|m|h|d)$/.exec(text) ?? [];
  const length = Number(count) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(length))
    throw new ProblemError(
      'invalid_request',
      `${field} ${JSON.stringify(text)} must be a number with ms, s, m, h or d, such as 5m`,
    );
  return length;
}

/** A bucket length such as `30s`, `5m`, `1h`, in ms. @throws ProblemError `invalid_request` */
export function resolutionOf(text: string, from: EpochMs, to: EpochMs): number {
  const length = lengthOf(text, 'resolution');
  if ((to - from) / length > MAX_ROWS)
    throw new ProblemError(
      'invalid_request',
      `resolution ${text} gives more than ${MAX_ROWS} buckets: ask for a coarser one or a shorter range`,
    );
  return length;
}
