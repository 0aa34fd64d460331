/** The reader's own time zone by its IANA name: every time is shown in it, and it is shown beside. */
export const ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: '2-digit' });
const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short', hour: 'numeric' });

/** The time of day with seconds, e.g. `03:07:12`. @param at epoch ms */
export function timeOfDay(at: number): string {
  return clock.format(at);
}

/** Day and time of day; the day alone is left out where it is the day of `now`. */
export function dayAndTime(at: number, now: number): string {
  const [its, todays] = [day.format(at), day.format(now)];
  return its === todays ? clock.format(at) : `${its} ${clock.format(at)}`;
}

/** What the zone is called on that day, e.g. `CET` or `GMT+1`. */
export function zoneName(at: number): string {
  return zone.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ZONE;
}
