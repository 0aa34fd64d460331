import type { EpochMs } from '../core/clock.ts';
import type { Circle } from '../model/alarm.ts';
import { type EffectiveLimits, NO_LIMITS } from '../model/effective-limits.ts';
import type { Priority } from '../model/limit.ts';
import type { News2Use } from '../model/news2.ts';

/** What applies to one subject besides its samples: the registry's to say, and to change at any time. */
export interface SubjectRules {
  readonly limits: EffectiveLimits;
  /** The narrowest circle with anybody in it: who is to respond first. */
  readonly firstCircle: Circle;
  /** Until when (server time) alarms are shelved, by `shelfKey`. */
  readonly shelvedUntil: ReadonlyMap<string, EpochMs>;
  readonly news2: News2Use;
}

/** For a device that nobody wears. */
export const NOBODYS_RULES: SubjectRules = {
  limits: NO_LIMITS,
  firstCircle: 'on_duty',
  shelvedUntil: new Map(),
  news2: 'off',
};

/** The times of clinical rules 6 and 7. Milliseconds of server time. */
export interface ResponseTimes {
  /** How long each circle has before the next is called; null: no further circle is. */
  readonly escalateAfterMs: Readonly<Record<Priority, number | null>>;
  /** An acknowledged alarm whose condition lasts alerts again. */
  readonly realertAfterMs: number;
  /** An alarm that no client has confirmed is unattended. */
  readonly unattendedAfterMs: number;
}

export const DEFAULT_RESPONSE_TIMES: ResponseTimes = {
  escalateAfterMs: { low: null, medium: 180_000, high: 60_000 },
  realertAfterMs: 600_000,
  unattendedAfterMs: 10_000,
};

/** Under which circumstances something happens to a subject. */
export interface Circumstance {
  /** Sample time, or server time where no sample tells it. */
  readonly at: EpochMs;
  /** Server time. */
  readonly received: EpochMs;
  readonly rules: SubjectRules;
}
