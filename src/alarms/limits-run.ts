import type { EpochMs } from '../core/clock.ts';
import { type AlarmEvent, conditionKey } from '../model/alarm.ts';
import type { EffectiveLimits } from '../model/effective-limits.ts';
import type { AlarmId, DeviceId, PatientId } from '../model/ids.ts';
import type { Priority } from '../model/limit.ts';
import type { Observation } from '../model/observation.ts';
import { evaluateArrival, releaseDevice } from './engine.ts';
import { clear } from './live-alarms.ts';
import { evaluateObservation } from './manual-observation.ts';
import type { Arrival } from './sample-times.ts';
import type { SubjectRules } from './subject-rules.ts';
import { newSubjectState, type SubjectState } from './subject-state.ts';

/** An alarm of a run over history. */
export interface RunAlarm {
  readonly id: AlarmId;
  readonly target: string;
  /** The highest reached. */
  priority: Priority;
  readonly onset: EpochMs;
  /** When its condition ended; null: it had not. */
  ended: EpochMs | null;
  /** It ended and would have waited for a person (rule 6). */
  latched: boolean;
}

/**
 * The engine with one set of limits over history. Nobody acknowledges, so an alarm counts as over when its condition
 * is: what would latch is let go of, as if seen that moment, and the condition's return is a new alarm with an id and a
 * priority of its own (live, the old one would have recurred). Technical alarms and NEWS2 do not depend on limits and
 * are left out.
 */
export class LimitsRun {
  readonly state: SubjectState;
  /** In the order of their onset, by target: those of one target never overlap. */
  readonly alarms = new Map<string, RunAlarm[]>();
  readonly #rules: SubjectRules;

  constructor(patient: PatientId, limits: EffectiveLimits) {
    this.state = newSubjectState(patient);
    this.#rules = { limits, firstCircle: 'ward', shelvedUntil: new Map(), news2: 'off' };
  }

  /** Evaluates an arrival of one sample: with more, an alarm could end and be back before it was let go of. */
  evaluate(arrival: Arrival): void {
    for (const event of evaluateArrival(this.state, arrival, this.#rules)) this.#note(event);
  }

  /** Takes what was entered by hand, as if at the time it was observed: it feeds combinations. */
  enter(observation: Observation): void {
    for (const event of evaluateObservation(this.state, observation, this.#rules)) this.#note(event);
  }

  /** The patient no longer wears the device. */
  release(device: DeviceId, at: EpochMs): void {
    for (const event of releaseDevice(this.state, device, at)) this.#note(event);
  }

  /** Whether an alarm of the target was live at any time of [from, until]. */
  wasLive(target: string, from: EpochMs, until: EpochMs): boolean {
    const alarms = this.alarms.get(target) ?? [];
    for (let i = alarms.length - 1; i >= 0; i--) {
      const alarm = alarms[i];
      if (alarm === undefined || alarm.onset > until) continue;
      return alarm.ended === null || alarm.ended >= from;
    }
    return false;
  }

  #note({ event, at, alarm }: AlarmEvent): void {
    if (alarm.kind !== 'physiological' || alarm.retrospective || alarm.cause === 'news2') return;
    const target = conditionKey(alarm);
    const { id, priority, onset } = alarm;
    if (event === 'raised') {
      const begun = { id, target, priority, onset, ended: null, latched: false };
      const known = this.alarms.get(target);
      if (known) known.push(begun);
      else this.alarms.set(target, [begun]);
      return;
    }
    const live = this.alarms.get(target)?.at(-1);
    if (live === undefined) return;
    live.priority = priority;
    if (event === 'latched') {
      live.latched = true;
      clear(this.state, target, at);
    }
    if (event === 'latched' || event === 'cleared') live.ended = at;
  }
}
