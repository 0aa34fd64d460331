import { text } from '../../text/text.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How wide a range is, in whole units where there is one: `24 h`, `3 d`, `90 s`. */
export function rangeName(ms: number): string {
  const { seconds, minutes, hours, days } = text.time;
  if (ms % DAY_MS === 0 && ms > DAY_MS) return days(ms / DAY_MS);
  if (ms % HOUR_MS === 0) return hours(ms / HOUR_MS);
  if (ms % MINUTE_MS === 0) return minutes(ms / MINUTE_MS);
  if (ms >= 2 * HOUR_MS) return hours(Math.round(ms / (HOUR_MS / 10)) / 10);
  return ms >= 2 * MINUTE_MS ? minutes(Math.round(ms / MINUTE_MS)) : seconds(Math.round(ms / 1_000));
}
