import { evaluateArrival } from '../../src/alarms/engine.ts';
import { lapseResponses } from '../../src/alarms/response.ts';
import {
  DEFAULT_RESPONSE_TIMES,
  type ResponseTimes,
  type SubjectRules,
} from '../../src/alarms/subject-rules.ts';
import { newSubjectState, type SubjectState } from '../../src/alarms/subject-state.ts';
import { type Alarm, type AlarmEvent, conditionKey } from '../../src/model/alarm.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { effectiveLimits } from '../../src/model/effective-limits.ts';
import { deviceId, patientId, wardId } from '../../src/model/ids.ts';
import type { Limit } from '../../src/model/limit.ts';
import type { Sample } from '../../src/model/sample.ts';

export const PATIENT = patientId('p-1');
export const DEVICE = deviceId('d-1');
export const WARD = wardId('ward-1');

/** The engine on one patient, fed by hand: each arrival is received at the time of its newest sample. */
export interface EngineRun {
  readonly state: SubjectState;
  readonly rules: SubjectRules;
  readonly events: AlarmEvent[];
  send(
    samples: readonly Sample[],
    options?: { device?: typeof DEVICE; received?: number; skew?: number },
  ): AlarmEvent[];
  /** What the time alone does to live alarms at `now`, by the rules of the run or others. */
  lapse(now: number, rules?: Partial<SubjectRules>): AlarmEvent[];
}

export function engineRun(
  limits: readonly Limit[] = DEFAULT_LIMITS,
  intervalMs: number | null = null,
  overrides: Partial<SubjectRules> = {},
  times: ResponseTimes = DEFAULT_RESPONSE_TIMES,
): EngineRun {
  const state = newSubjectState(PATIENT);
  const rules: SubjectRules = {
    limits: effectiveLimits(limits, [], PATIENT, WARD),
    firstCircle: 'ward',
    shelvedUntil: new Map(),
    news2: 'off',
    ...overrides,
  };
  const events: AlarmEvent[] = [];
  return {
    state,
    rules,
    events,
    send(samples, options = {}) {
      const received = options.received ?? Math.max(...samples.map((sample) => sample.t));
      const arrival = {
        device: options.device ?? DEVICE,
        samples,
        received,
        skew: options.skew ?? 0,
        intervalMs,
      };
      const happened = evaluateArrival(state, arrival, rules);
      events.push(...happened);
      return happened;
    },
    lapse(now, other = {}) {
      const happened = lapseResponses(state, now, { ...rules, ...other }, times);
      events.push(...happened);
      return happened;
    },
  };
}

/** Whole-second samples of one vital, the first at `fromS`. */
export function seconds(vital: keyof Sample, values: readonly number[], fromS = 0): Sample[] {
  return values.map((value, i) => ({ t: (fromS + i) * 1_000, [vital]: value }));
}

/** Folds events into alarms as they ended up, by onset. */
export function alarmsOf(events: readonly AlarmEvent[]): Alarm[] {
  const alarms = new Map<string, Alarm>();
  for (const { alarm } of events) alarms.set(alarm.id, alarm);
  return [...alarms.values()].sort((a, b) => a.onset - b.onset);
}

/** What happened, in a line an event: event, what it is about, priority, seconds. */
export function told(events: readonly (AlarmEvent | null)[]): string[] {
  return events
    .filter((event) => event !== null)
    .map(
      ({ event, at, alarm }) =>
        `${event} ${alarm.kind === 'physiological' ? conditionKey(alarm).replace(':', ' ') : alarm.condition} ${alarm.priority} ${at / 1_000}`,
    );
}

/** The same value, again and again. */
export function steady(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value);
}
