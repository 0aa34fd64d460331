import fc from 'fast-check';
import { evaluateArrival, releaseDevice, reportImpossible } from '../../src/alarms/engine.ts';
import { evaluateObservation } from '../../src/alarms/manual-observation.ts';
import { sweepNews2 } from '../../src/alarms/news2-watch.ts';
import { isQuietSample } from '../../src/alarms/quiet-sample.ts';
import { limitsChanged } from '../../src/alarms/reevaluate.ts';
import { acknowledge, confirmReceipt, lapseResponses } from '../../src/alarms/response.ts';
import { restore } from '../../src/alarms/restore.ts';
import type { Arrival } from '../../src/alarms/sample-times.ts';
import { expectDevice, setConnected, sweepSilence } from '../../src/alarms/silence.ts';
import { recordOf, stateOf } from '../../src/alarms/state-record.ts';
import { DEFAULT_RESPONSE_TIMES, type SubjectRules } from '../../src/alarms/subject-rules.ts';
import { deviceTrack, newSubjectState, type SubjectState } from '../../src/alarms/subject-state.ts';
import type { Alarm, AlarmEvent } from '../../src/model/alarm.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { type EffectiveLimits, effectiveLimits } from '../../src/model/effective-limits.ts';
import { clinicianId, deviceId, type ObservationId } from '../../src/model/ids.ts';
import type { LimitOverride } from '../../src/model/limit-override.ts';
import type { Sample } from '../../src/model/sample.ts';
import { shelfKey } from '../../src/model/shelf.ts';
import type { Vital } from '../../src/model/vital.ts';
import { stretch, walk } from './alarm-walk.ts';
import { PATIENT, WARD } from './engine-run.ts';

const DEVICES = [deviceId('d-1'), deviceId('d-2')] as const;
const NURSE = clinicianId('nurse-1');
const nobodyRegistered = (): null => null;

const chosen = { scope: { kind: 'default' }, changed_by: 'x', changed_at: 0, reason: 'a property' } as const;
const delays = { onset_delay_ms: 3_000, clear_delay_ms: 5_000 };
/** A limit of each kind beside the defaults. */
const OVERRIDES: readonly LimitOverride[] = [
  {
    ...{ ...chosen, kind: 'change', vital: 'spo2', course: 'falling' },
    tiers: [
      {
        vital: 'spo2',
        course: 'falling',
        change: 4,
        window_ms: 60_000,
        clear_margin: 1,
        priority: 'medium',
        ...delays,
      },
      {
        vital: 'spo2',
        course: 'falling',
        change: 12,
        window_ms: 60_000,
        clear_margin: 1,
        priority: 'high',
        ...delays,
      },
    ],
  },
  {
    ...{ ...chosen, kind: 'combination', name: 'shock' },
    tiers: [
      {
        ...{ ...delays, name: 'shock', priority: 'high' },
        conditions: [
          { vital: 'heart_rate', direction: 'high', threshold: 110, clear_margin: 3 },
          { vital: 'spo2', direction: 'low', threshold: 92, clear_margin: 1 },
        ],
      },
    ],
  },
];
export const SCENARIO_LIMITS = effectiveLimits(DEFAULT_LIMITS, OVERRIDES, PATIENT, WARD);

const device = fc.constantFrom(0, 1);
/** Anything that can happen to one patient's alarms. */
export const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('samples'),
      device,
      part: stretch,
      offsetS: fc.constantFrom(0, 0, 0, 0, -3, -20, -90, 5, 20),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait'),
      seconds: fc.constantFrom(1, 5, 12, 70, 200, 700, 700),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('acknowledge'), which: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('receipt'), which: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('shelf'),
      of: fc.constantFrom('spo2:low', 'heart_rate:high', 'heart_rate:low'),
      seconds: fc.constantFrom(0, 30, 300),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('connection'), device, on: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('observation'),
      resp_rate: fc.constantFrom(6, 16, 22, 28),
      systolic_bp: fc.constantFrom(85, 120, 225),
      heart_rate: fc.constantFrom(undefined, 70, 135),
      consciousness: fc.constantFrom('alert' as const, 'confused' as const),
      oxygen: fc.constantFrom('air' as const, 'oxygen' as const),
    }),
  },
);
type Stepped = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;
export type Happening =
  | Stepped
  | { readonly kind: 'killed' }
  | { readonly kind: 'written_down' }
  | { readonly kind: 'limits'; readonly limits: EffectiveLimits }
  | { readonly kind: 'taken_off'; readonly device: number }
  | { readonly kind: 'impossible'; readonly device: number; readonly vital: Vital }
  | (Course & { readonly kind: 'course' });

/** Frames of one device, one after the other. */
export interface Course {
  readonly device: number;
  readonly frames: readonly (readonly Sample[])[];
  /** From one frame to the next, in seconds. Sample times count from the time of their frame. */
  readonly everyS: number;
  readonly skew: number;
  readonly intervalMs: number | null;
}

export interface ScenarioOptions {
  /** At the beginning. Default: `SCENARIO_LIMITS`. */
  readonly limits?: EffectiveLimits;
  /** See `evaluateArrival`. */
  readonly isQuiet?: typeof isQuietSample;
}

/** One patient with two devices, to whom one thing after another happens; the desk's sweep once a second. */
export class AlarmScenario {
  readonly events: AlarmEvent[] = [];
  readonly #shelves = new Map<string, number>();
  readonly #isQuiet: typeof isQuietSample;
  #limits: EffectiveLimits;
  #state: SubjectState = newSubjectState(PATIENT);
  #now = 10_000_000;

  constructor({ limits = SCENARIO_LIMITS, isQuiet = isQuietSample }: ScenarioOptions = {}) {
    this.#limits = limits;
    this.#isQuiet = isQuiet;
  }

  get state(): SubjectState {
    return this.#state;
  }

  run(happenings: readonly Happening[]): this {
    for (const one of happenings) this.#happen(one as Stepped);
    return this;
  }

  get #rules(): SubjectRules {
    return {
      limits: this.#limits,
      firstCircle: 'assigned',
      shelvedUntil: new Map(this.#shelves),
      news2: 'scale_1',
    };
  }

  #arrive(arrival: Arrival): void {
    const track = deviceTrack(this.#state, arrival.device);
    this.#add(...evaluateArrival(this.#state, arrival, this.#rules, track, this.#isQuiet));
  }

  #follow({ device, frames, everyS, skew, intervalMs }: Course): void {
    for (const frame of frames) {
      const samples = frame.map((sample) => ({ ...sample, t: this.#now + skew + sample.t }));
      this.#arrive({ device: DEVICES[device]!, samples, received: this.#now, skew, intervalMs });
      this.#goOn(everyS);
    }
  }

  #add(...events: readonly (AlarmEvent | null)[]): void {
    for (const event of events) if (event) this.events.push(structuredClone(event));
  }

  #goOn(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.#now += 1_000;
      this.#add(...sweepSilence(this.#state, this.#now, nobodyRegistered, this.#rules));
      this.#add(...lapseResponses(this.#state, this.#now, this.#rules, DEFAULT_RESPONSE_TIMES));
      this.#add(sweepNews2(this.#state, this.#now, this.#rules));
    }
  }

  #happen(one: Happening): void {
    const live = [...this.#state.live.values()];
    switch (one.kind) {
      case 'samples': {
        const of = one as Extract<Stepped, { part: unknown }>;
        const samples = walk([of.part], this.#now + of.offsetS * 1_000);
        this.#goOn(of.part.lasts);
        const arrival = { device: DEVICES[of.device]!, received: this.#now, skew: 0, intervalMs: null };
        if (samples.length > 0) this.#arrive({ ...arrival, samples });
        break;
      }
      case 'course':
        return this.#follow(one as unknown as Course);
      case 'limits': {
        const before = this.#limits;
        this.#limits = (one as unknown as { limits: EffectiveLimits }).limits;
        this.#add(...limitsChanged(this.#state, before, this.#rules, this.#now));
        break;
      }
      case 'taken_off': {
        const { device } = one as unknown as { device: number };
        this.#add(...releaseDevice(this.#state, DEVICES[device]!, this.#now));
        break;
      }
      case 'impossible': {
        const { device, vital } = one as unknown as { device: number; vital: Vital };
        const of = { device: DEVICES[device]!, received: this.#now, skew: 0 };
        this.#add(reportImpossible(this.#state, vital, this.#now, of, this.#rules));
        break;
      }
      case 'wait':
        return this.#goOn((one as { seconds: number }).seconds);
      case 'acknowledge':
      case 'receipt': {
        const alarm = live[(one as { which: number }).which];
        if (!alarm) return;
        if (one.kind === 'acknowledge') this.#add(acknowledge(this.#state, alarm.id, NURSE, this.#now));
        else this.#add(confirmReceipt(this.#state, alarm.id, this.#now));
        break;
      }
      case 'shelf': {
        const { of, seconds } = one as Extract<Stepped, { of: string }>;
        const [vital, direction] = of.split(':') as ['spo2', 'low'];
        this.#shelves.set(shelfKey(vital, direction), this.#now + seconds * 1_000);
        break;
      }
      case 'observation': {
        const {
          kind: _,
          heart_rate,
          resp_rate,
          systolic_bp,
          ...rest
        } = one as Extract<Stepped, { resp_rate: unknown }>;
        const values = { resp_rate, systolic_bp, body_temp: 36.6, spo2: 97 };
        const observation = {
          ...{
            id: 'o-1' as ObservationId,
            patient: PATIENT,
            by: NURSE,
            t: this.#now,
            entered: this.#now,
            ...rest,
          },
          values: heart_rate === undefined ? values : { ...values, heart_rate },
        };
        this.#add(...evaluateObservation(this.#state, observation, this.#rules));
        break;
      }
      case 'connection': {
        const { device, on } = one as Extract<Stepped, { on: boolean }>;
        this.#add(setConnected(this.#state, DEVICES[device]!, on, this.#now));
        break;
      }
      case 'killed': {
        // As the log has them: the newest state of each alarm that an event told of.
        const newest = new Map<string, Alarm>(this.events.map(({ alarm }) => [alarm.id, alarm]));
        this.#state = newSubjectState(PATIENT);
        restore(
          this.#state,
          structuredClone([...newest.values()].filter(({ presence }) => presence !== 'off')),
        );
        for (const id of DEVICES) expectDevice(this.#state, id, this.#now + 30_000);
        break;
      }
      case 'written_down': {
        const state = stateOf(JSON.parse(JSON.stringify(recordOf(this.#state))));
        if (state === null) throw new Error('not taken up');
        this.#state = state;
        break;
      }
    }
  }
}
