import { evaluateArrival, reportImpossible } from '../../src/alarms/engine.ts';
import { acknowledge, lapseResponses } from '../../src/alarms/response.ts';
import { setConnected, sweepSilence } from '../../src/alarms/silence.ts';
import {
  DEFAULT_RESPONSE_TIMES,
  type ResponseTimes,
  type SubjectRules,
} from '../../src/alarms/subject-rules.ts';
import { newSubjectState, type SubjectState } from '../../src/alarms/subject-state.ts';
import type { EpochMs } from '../../src/core/clock.ts';
import type { Alarm, AlarmEvent, AlarmEventName } from '../../src/model/alarm.ts';
import type { EffectiveLimits } from '../../src/model/effective-limits.ts';
import { clinicianId, deviceId, patientId } from '../../src/model/ids.ts';
import { isPossible, type Vital } from '../../src/model/vital.ts';
import type { RecordedSample, Recording } from '../replay/recording.ts';

const DEVICE = deviceId('recorder');
const PERSON = clinicianId('replay');
const SECOND_MS = 1_000;

/** Nobody is connected who could confirm an alarm: that it is unattended would say nothing of the recording. */
const TIMES: ResponseTimes = { ...DEFAULT_RESPONSE_TIMES, unattendedAfterMs: Number.POSITIVE_INFINITY };

export interface ReplayAlarmsOptions {
  readonly limits: EffectiveLimits;
  /** How long after it begins to call an alarm is acknowledged; null: never. Milliseconds. */
  readonly acknowledgeAfterMs: number | null;
}

/** One alarm's life over a recording; times in milliseconds after its start. */
export interface ReplayedAlarm {
  /** As it ended up. */
  readonly alarm: Alarm;
  /** When what happened to it, in order. */
  readonly times: Readonly<Partial<Record<AlarmEventName, readonly number[]>>>;
}

/**
 * Runs one recording through the alarm engine alone, each sample received as it was measured, with a look at silence and at
 * who has answered once a second of its time. NEWS2 is off: nobody observes what it needs. Alarms by onset.
 */
export function replayAlarms(recording: Recording, options: ReplayAlarmsOptions): readonly ReplayedAlarm[] {
  const run = new AlarmReplay(recording.name, options);
  const [first] = recording.samples;
  if (first === undefined) return [];
  let second = Math.ceil(first.offsetMs / SECOND_MS) * SECOND_MS;
  for (const sample of recording.samples) {
    for (; second < sample.offsetMs; second += SECOND_MS) run.sweep(second);
    run.evaluate(sample);
  }
  const last = recording.samples.at(-1)?.offsetMs ?? 0;
  for (; second <= last; second += SECOND_MS) run.sweep(second);
  return run.alarms();
}

class AlarmReplay {
  readonly #state: SubjectState;
  readonly #rules: SubjectRules;
  readonly #acknowledgeAfterMs: number | null;
  readonly #lives = new Map<string, { alarm: Alarm; times: Partial<Record<AlarmEventName, number[]>> }>();

  constructor(name: string, { limits, acknowledgeAfterMs }: ReplayAlarmsOptions) {
    this.#state = newSubjectState(patientId(name));
    this.#rules = { limits, firstCircle: 'assigned', shelvedUntil: new Map(), news2: 'off' };
    this.#acknowledgeAfterMs = acknowledgeAfterMs;
    setConnected(this.#state, DEVICE, true, 0);
  }

  evaluate({ offsetMs: t, values, quality }: RecordedSample): void {
    const arrival = { device: DEVICE, received: t, skew: 0, intervalMs: null };
    const possible: Partial<Record<Vital, number>> = {};
    for (const [vital, value] of Object.entries(values) as [Vital, number][]) {
      // As at the door of the server.
      if (isPossible(vital, value)) possible[vital] = value;
      else this.#note([reportImpossible(this.#state, vital, t, arrival, this.#rules)]);
    }
    const sample = { t, ...possible, ...(quality === undefined ? {} : { quality }) };
    this.#note(evaluateArrival(this.#state, { ...arrival, samples: [sample] }, this.#rules));
  }

  sweep(now: EpochMs): void {
    this.#note(sweepSilence(this.#state, now, () => null, this.#rules));
    if (this.#acknowledgeAfterMs !== null) {
      for (const { id, presence, alerted_at } of [...this.#state.live.values()]) {
        if (presence === 'ack' || now - alerted_at < this.#acknowledgeAfterMs) continue;
        this.#note([acknowledge(this.#state, id, PERSON, now)]);
      }
    }
    this.#note(lapseResponses(this.#state, now, this.#rules, TIMES));
  }

  alarms(): readonly ReplayedAlarm[] {
    return [...this.#lives.values()].sort((a, b) => a.alarm.onset - b.alarm.onset);
  }

  #note(events: readonly (AlarmEvent | null)[]): void {
    for (const told of events) {
      if (told === null) continue;
      const { event, at, alarm } = told;
      const life = this.#lives.get(alarm.id) ?? { alarm, times: {} };
      life.alarm = alarm;
      life.times[event] = [...(life.times[event] ?? []), at];
      this.#lives.set(alarm.id, life);
    }
  }
}
