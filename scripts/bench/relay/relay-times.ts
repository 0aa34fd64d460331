const TIME = /"(?:at|t)":(\d+)/;

/** The time of measurement in a wearable's frame, or of the event in an alarm's: the first in either. Null: there is none. */
export function timeIn(text: string): number | null {
  const time = TIME.exec(text)?.[1];
  return time === undefined ? null : Number(time);
}

const CURSOR = /"cursor":"(\d+)"/;

/** Place in the alarm log of what the feed told. Null: it has none. */
export function cursorIn(text: string): number | null {
  const cursor = CURSOR.exec(text)?.[1];
  return cursor === undefined ? null : Number(cursor);
}
