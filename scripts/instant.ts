import { InvalidArgumentError } from 'commander';
import type { EpochMs } from '../src/core/clock.ts';

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** An ISO 8601 instant with its offset: without one it would mean another time on another machine. */
export function parseInstant(text: string): EpochMs {
  const whole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/i.test(text);
  const at = whole ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('give a time with its offset, such as 2026-05-01T08:30:00Z');
  }
  return at;
}

/** A duration such as 90s, 30m, 12h or 7d, of at most `mostS` seconds, in seconds. */
export function parseDuration(mostS: number): (text: string) => number {
  return (text) => {
    const [, count = '', unit = ''] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
    const seconds = Number(count) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
    if (seconds <= mostS) return seconds;
    throw new InvalidArgumentError(`give a duration such as 30m or 12h, at most ${mostS / 86_400}d`);
  };
}
