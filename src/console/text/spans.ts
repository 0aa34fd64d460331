import { text } from './text.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long, in the largest unit of which there is more than one and a half: `8 s`, `95 s` is `2 min`. */
export function span(ms: number): string {
  const { seconds, minutes, hours, days } = text.time;
  const least = Math.max(0, ms);
  if (least < 1.5 * MINUTE_MS) return seconds(Math.floor(least / 1_000));
  if (least < 1.5 * HOUR_MS) return minutes(Math.round(least / MINUTE_MS));
  if (least < 1.5 * DAY_MS) return hours(Math.round(least / HOUR_MS));
  return days(Math.round(least / DAY_MS));
}
