const withSeconds = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const withMinutes = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const withDay = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' });

const MINUTE_MS = 60_000;

/**
 * What stands at the marks of the time axis, in the reader's zone: the day at the first mark of a day, else the time; seconds
 * where marks are nearer than a minute.
 */
export function tickTimes(splits: readonly number[]): readonly string[] {
  const [first = 0, second = first + MINUTE_MS] = splits;
  const clock = second - first < MINUTE_MS ? withSeconds : withMinutes;
  return splits.map((at, i) => {
    const before = splits[i - 1];
    const newDay = before !== undefined && withDay.format(before) !== withDay.format(at);
    return newDay || isMidnight(at) ? withDay.format(at) : clock.format(at);
  });
}

function isMidnight(at: number): boolean {
  const date = new Date(at);
  return date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
}
