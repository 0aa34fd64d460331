import { type AlarmClass, alarmClass, alarmLook, worstFirst } from '../alarms/alarm-look.ts';
import type { LiveAlarm } from '../feed/ward-model.ts';
import { SOUND_PATTERNS } from './sound-pattern.ts';

/** Something that calls for a person by sound. */
export interface Call {
  /** Of the alarm. */
  readonly id: string;
  readonly of: AlarmClass;
  /** Since when it waits, by the server's clock: one that alerts anew is heard anew. */
  readonly alertedAt: number;
}

/** A burst that has begun. `at` is of the clock that `nextSound` is called with, ms. */
export interface Burst {
  readonly call: Call;
  readonly at: number;
}

/** What has been heard so far. */
export interface SoundSchedule {
  readonly last: Burst | null;
  /** Calls that somebody could have heard. Bounded: none but those that still call. */
  readonly heard: ReadonlySet<string>;
}

export const NOTHING_HEARD: SoundSchedule = { last: null, heard: new Set() };

/** What to do now. */
export interface SoundStep {
  readonly schedule: SoundSchedule;
  /** What plays is over with: silence it first. */
  readonly cut: boolean;
  /** Begins now. */
  readonly burst: Burst | null;
  /** When to look again, whatever happens until then; null: not before something happens. */
  readonly againAt: number | null;
}

/** Louder takes the place of softer. Technical ones sound as low ones do. */
const URGENCY: Readonly<Record<AlarmClass, number>> = { high: 3, medium: 2, low: 1, technical: 1 };

/**
 * What calls this reader, worst first: addressed to them, seen by nobody, not on the shelf (a high one sounds through it: clinical
 * rule 8) and not retrospective.
 */
export function callsOf(alarms: Iterable<LiveAlarm>): readonly Call[] {
  return [...alarms]
    .filter(({ alarm, addressed }) => addressed && alarmLook(alarm).waits)
    .map(({ alarm }) => alarm)
    .sort(worstFirst)
    .map((alarm) => ({ id: alarm.id, of: alarmClass(alarm), alertedAt: alarm.alerted_at }));
}

/**
 * One sound at a time, the worst: at once where it was not heard before, else in the rhythm of its class. What plays is cut when
 * nobody waits for an answer to it any more, or something worse calls.
 * @param calls worst first
 * @param now ms of any clock that does not go back
 */
export function nextSound({ last, heard }: SoundSchedule, calls: readonly Call[], now: number): SoundStep {
  const worst = calls[0];
  const playing = last !== null && now < last.at + SOUND_PATTERNS[last.call.of].lastsMs ? last : null;
  const known = new Set(calls.map(keyOf).filter((key) => heard.has(key)));
  if (worst === undefined)
    return { schedule: { last, heard: known }, cut: playing !== null, burst: null, againAt: null };

  const worse = playing !== null && URGENCY[worst.of] > URGENCY[playing.call.of];
  const stillCalls = playing !== null && calls.some((call) => keyOf(call) === keyOf(playing.call));
  const cut = playing !== null && (worse || !stillCalls);
  const at = Math.max(now, dueAt(worst, { last, known, playing: cut ? null : playing }));
  if (at > now) return { schedule: { last, heard: known }, cut, burst: null, againAt: at };

  const burst = { call: worst, at: now };
  // One burst tells of all that sound alike.
  for (const call of calls) if (URGENCY[call.of] === URGENCY[worst.of]) known.add(keyOf(call));
  const againAt = now + SOUND_PATTERNS[worst.of].everyMs;
  return { schedule: { last: burst, heard: known }, cut, burst, againAt };
}

interface Heard {
  readonly last: Burst | null;
  readonly known: ReadonlySet<string>;
  readonly playing: Burst | null;
}

function dueAt(worst: Call, { last, known, playing }: Heard): number {
  if (last === null) return Number.NEGATIVE_INFINITY;
  if (known.has(keyOf(worst))) return last.at + SOUND_PATTERNS[worst.of].everyMs;
  // What plays calls just as urgently: it is heard to its end.
  return playing === null ? Number.NEGATIVE_INFINITY : playing.at + SOUND_PATTERNS[playing.call.of].lastsMs;
}

/** Of one time that an alarm began to wait. */
export function keyOf({ id, of, alertedAt }: Call): string {
  return `${id}@${alertedAt}:${of}`;
}
