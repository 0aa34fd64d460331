import type { AlarmClass } from '../alarms/alarm-look.ts';

/** One tone of a burst. Seconds. */
export interface Pulse {
  /** From the beginning of the burst. */
  readonly at: number;
  readonly duration: number;
}

/** What an alarm of a class sounds like (IEC 60601-1-8, tables 3 and 4). */
export interface SoundPattern {
  /** Fundamental, 150 to 1,000 Hz. */
  readonly hertz: number;
  readonly pulses: readonly Pulse[];
  /** Of the whole burst. Milliseconds. */
  readonly lastsMs: number;
  /** From the beginning of a burst to that of the next. Milliseconds. */
  readonly everyMs: number;
}

/**
 * Amplitudes of the fundamental and its harmonics: four of them within 15 dB of it, so that a tone is located in a room and heard
 * through a wall (IEC 60601-1-8, table 4).
 */
export const PARTIALS: readonly number[] = [1, 0.7, 0.55, 0.45, 0.35];

/** How much of a pulse is its rise, and its fall: 10 to 20 % (IEC 60601-1-8, table 4). */
export const RISE = 0.15;

/** Pulses one after the other, with what is silent between them. Seconds. */
function burst(duration: number, silences: readonly number[]): readonly Pulse[] {
  const pulses: Pulse[] = [{ at: 0, duration }];
  let end = duration;
  for (const silence of silences) {
    const at = end + silence;
    pulses.push({ at, duration });
    end = at + duration;
  }
  return pulses;
}

function pattern(hertz: number, everyMs: number, pulses: readonly Pulse[]): SoundPattern {
  const last = pulses.at(-1);
  const lasts = last === undefined ? 0 : last.at + last.duration;
  return { hertz, everyMs, pulses, lastsMs: Math.round(lasts * 1_000) };
}

/** Three, then two, with a pulse and two silences between; all of it twice. */
function highBurst(duration: number, silence: number, between: number): readonly Pulse[] {
  const five = [silence, silence, 2 * silence + duration, silence];
  return burst(duration, [...five, between, ...five]);
}

const HIGH = pattern(698, 10_000, highBurst(0.15, 0.1, 0.6));
const MEDIUM = pattern(523, 25_000, burst(0.2, [0.2, 0.2]));
const LOW = pattern(392, 30_000, burst(0.2, [0.2]));

/** By class; what is technical sounds as low priority does. */
export const SOUND_PATTERNS: Readonly<Record<AlarmClass, SoundPattern>> = {
  high: HIGH,
  medium: MEDIUM,
  low: LOW,
  technical: LOW,
};
