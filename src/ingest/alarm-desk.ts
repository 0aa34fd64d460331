import { evaluateArrival, releaseDevice, reportImpossible } from '../alarms/engine.ts';
import { evaluateObservation, type RecalledInputs, rememberRecalled } from '../alarms/manual-observation.ts';
import { currentNews2, hasNews2Inputs } from '../alarms/news2-inputs.ts';
import { news2Changed, sweepNews2 } from '../alarms/news2-watch.ts';
import { limitsChanged } from '../alarms/reevaluate.ts';
import { acknowledge, confirmReceipt, lapseResponses } from '../alarms/response.ts';
import { restore } from '../alarms/restore.ts';
import { expectDevice, isSilent, setConnected, sweepSilence } from '../alarms/silence.ts';
import { NOBODYS_RULES, type ResponseTimes, type SubjectRules } from '../alarms/subject-rules.ts';
import { newSubjectState, type SubjectState } from '../alarms/subject-state.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import { type Alarm, type AlarmEvent, type LoggedAlarmEvent, subjectOf } from '../model/alarm.ts';
import { DEFAULT_LIMITS } from '../model/default-limits.ts';
import { type EffectiveLimits, effectiveLimits } from '../model/effective-limits.ts';
import type { AlarmId, ClinicianId, DeviceId, PatientId, WardId } from '../model/ids.ts';
import type { News2 } from '../model/news2.ts';
import type { Observation } from '../model/observation.ts';
import type { Sample } from '../model/sample.ts';
import { shelfKey } from '../model/shelf.ts';
import type { Vital } from '../model/vital.ts';
import type { Registry, RegistryChange } from '../registry/registry.ts';

/** After a restart a fleet comes back spread over this time (full jitter): nobody is missed before. */
const RETURN_MS = 30_000;

/** What changes the rules of subjects. */
const RULE_CHANGES: ReadonlySet<RegistryChange['kind']> = new Set<RegistryChange['kind']>([
  ...(['limits', 'patient', 'clinician', 'shelf'] as const),
]);

/** What one frame brought for one subject. */
export interface DeskArrival {
  readonly device: DeviceId;
  readonly patient: PatientId | null;
  readonly samples: readonly Sample[];
  readonly received: EpochMs;
  readonly skew: number;
}

export interface AlarmDeskOptions {
  readonly registry: Registry;
  readonly bus: Bus;
  readonly times: ResponseTimes;
  /** For what the registry changes by itself; whatever else happens brings its time along. */
  readonly clock: Clock;
  /** Told of every event after it was relayed, so that it gets into the journal too. */
  readonly onEvent: (event: LoggedAlarmEvent) => void;
}

/**
 * The one owner of every patient's alarm state in this process (decision 6): runs the engine, relays its events at
 * once, and keeps to the registry's limits and assignments as they change.
 */
export class AlarmDesk implements Disposable {
  readonly #registry: Registry;
  readonly #bus: Bus;
  readonly #onEvent: (event: LoggedAlarmEvent) => void;
  readonly #subjects = new Map<string, SubjectState>();
  readonly #times: ResponseTimes;
  readonly #clock: Clock;
  readonly #rules = new Map<PatientId, SubjectRules>();
  /** What the states of patients were judged by last; kept until limits change, to tell which did. */
  #limits = new Map<PatientId, EffectiveLimits>();
  readonly #subscriptions: Disposable[];
  /** Alarms were taken up, and nobody said yet at what time. */
  #restarted = false;

  constructor(options: AlarmDeskOptions) {
    this.#registry = options.registry;
    this.#bus = options.bus;
    this.#onEvent = options.onEvent;
    this.#times = options.times;
    this.#clock = options.clock;
    this.#subscriptions = [
      options.registry.watch((change) => this.#registryChanged(change)),
      options.bus.subscribe({
        acknowledgement: ({ alarm, by, at }) => this.acknowledge(alarm, by, at),
        receipt: ({ alarm, at }) => this.#confirmed(alarm, at),
      }),
    ];
  }

  /**
   * Takes up the alarms that were live when the process before this one ended. Which devices were sending then is not
   * written down: every active device that somebody wears is expected from the start on, because missing data is not
   * health (rule 4), and a device assigned but never switched on is worth a look too.
   * @param now the time of the start; absent: the first time this desk is told.
   */
  restore(alarms: readonly Alarm[], now?: EpochMs): void {
    for (const alarm of alarms) restore(this.#subject(alarm.patient, alarm.device), [alarm]);
    this.#restarted = true;
    if (now !== undefined) this.#start(now);
  }

  evaluate(arrival: DeskArrival): void {
    this.#start(arrival.received);
    const state = this.#subject(arrival.patient, arrival.device);
    const intervalMs = this.#intervalOf(arrival.device);
    this.#relay(evaluateArrival(state, { ...arrival, intervalMs }, this.#rulesOf(arrival.patient)));
    this.#tellNews2(state, arrival.received);
  }

  /** What a person observed and entered by hand: becomes part of scores and combinations at once. */
  observe(observation: Observation): void {
    this.#start(observation.entered);
    const state = this.#subject(observation.patient, null);
    this.#relay(evaluateObservation(state, observation, this.#rulesOf(observation.patient)));
    this.#tellNews2(state, observation.entered);
  }

  /** Takes up what was known of a patient before a restart; what is newer stays. */
  recall(patient: PatientId, inputs: RecalledInputs, now: EpochMs): void {
    const state = this.#subject(patient, null);
    this.#relay([rememberRecalled(state, inputs, now, this.#rulesOf(patient))]);
    this.#tellNews2(state, now);
  }

  /** Where NEWS2 stands at `now` (server time). */
  news2(patient: PatientId, now: EpochMs): News2 {
    const state = this.#subjects.get(subjectOf(patient, null)) ?? newSubjectState(patient);
    return currentNews2(state, this.#rulesOf(patient).news2, now);
  }

  /** A value was refused as impossible. */
  impossible(arrival: Omit<DeskArrival, 'samples'>, vital: Vital, t: EpochMs): void {
    this.#start(arrival.received);
    const state = this.#subject(arrival.patient, arrival.device);
    this.#relay([reportImpossible(state, vital, t, arrival, this.#rulesOf(arrival.patient))]);
  }

  setConnected(device: DeviceId, patient: PatientId | null, connected: boolean, now: EpochMs): void {
    this.#start(now);
    this.#relay([setConnected(this.#subject(patient, device), device, connected, now)]);
  }

  /** Whether a connected device sends nothing although it should. */
  isSilent(device: DeviceId, patient: PatientId | null, now: EpochMs): boolean {
    const track = this.#subjects.get(subjectOf(patient, device))?.devices.get(device);
    return track !== undefined && isSilent(track, now, this.#intervalOf(device));
  }

  /** Looks for silence; to be called about once a second. */
  sweep(now: EpochMs): void {
    this.#start(now);
    for (const [key, state] of this.#subjects) {
      const rules = this.#rulesOf(state.patient);
      this.#relay(sweepSilence(state, now, (device) => this.#intervalOf(device), rules));
      this.#relay(lapseResponses(state, now, rules, this.#times));
      this.#relay([sweepNews2(state, now, rules)]);
      this.#tellNews2(state, now);
      if (state.devices.size === 0 && state.live.size === 0 && !hasNews2Inputs(state, now))
        this.#subjects.delete(key);
    }
    this.releaseReassigned(now);
  }

  acknowledge(id: AlarmId, by: ClinicianId, at: EpochMs): void {
    for (const state of this.#subjects.values()) {
      const event = acknowledge(state, id, by, at);
      if (event) return this.#relay([event]);
    }
  }

  /** Lets go of devices that are no longer worn by the subject they are tracked under. */
  releaseReassigned(now: EpochMs): void {
    for (const state of this.#subjects.values()) {
      for (const device of state.devices.keys()) {
        if (this.#registry.patientAt(device, now) !== state.patient)
          this.#relay(releaseDevice(state, device, now));
      }
    }
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  /** Begins to wait for the devices after a restart, before anything else is judged: they may hold alarms (rule 3). */
  #start(now: EpochMs): void {
    if (!this.#restarted) return;
    this.#restarted = false;
    const back = now + RETURN_MS;
    for (const state of this.#subjects.values()) {
      for (const device of state.devices.keys()) expectDevice(state, device, back);
    }
    for (const { id, status } of this.#registry.devices()) {
      const patient = status === 'active' ? this.#registry.patientAt(id, now) : null;
      if (patient !== null) expectDevice(this.#subject(patient, id), id, back);
    }
  }

  #registryChanged(change: RegistryChange): void {
    if (!RULE_CHANGES.has(change.kind)) return;
    this.#rules.clear();
    // A ward's limits come with the patient who is moved there.
    if (change.kind === 'limits' || change.kind === 'patient') this.#judgeAnew(this.#clock.now());
  }

  /** Limits may have changed: what is known is judged by the new ones at once. */
  #judgeAnew(now: EpochMs): void {
    this.#start(now);
    const before = this.#limits;
    this.#limits = new Map();
    for (const state of this.#subjects.values()) {
      const { patient } = state;
      if (patient === null) continue;
      this.#relay(limitsChanged(state, before.get(patient) ?? null, this.#rulesOf(patient), now));
    }
  }

  /** The limits in force for a patient, kept until any change. */
  #limitsOf(patient: PatientId, ward: WardId): EffectiveLimits {
    const known = this.#limits.get(patient);
    if (known) return known;
    const limits = effectiveLimits(DEFAULT_LIMITS, this.#registry.limitOverrides(), patient, ward);
    this.#limits.set(patient, limits);
    return limits;
  }

  #subject(patient: PatientId | null, device: DeviceId | null): SubjectState {
    const key = subjectOf(patient, device);
    let state = this.#subjects.get(key);
    if (!state) {
      state = newSubjectState(patient);
      this.#subjects.set(key, state);
    }
    return state;
  }

  #confirmed(id: AlarmId, at: EpochMs): void {
    for (const state of this.#subjects.values()) {
      const event = confirmReceipt(state, id, at);
      if (event) return this.#relay([event]);
    }
  }

  #rulesOf(patient: PatientId | null): SubjectRules {
    const known = patient === null ? undefined : this.#registry.patient(patient);
    if (patient === null || !known) return NOBODYS_RULES;
    let rules = this.#rules.get(patient);
    if (!rules) {
      rules = {
        limits: this.#limitsOf(patient, known.ward),
        firstCircle: this.#registry.clinicians().some((one) => one.active && one.patients.includes(patient))
          ? 'assigned'
          : 'ward',
        shelvedUntil: new Map(
          this.#registry
            .shelvesOf(patient)
            .map(({ vital, direction, until }) => [shelfKey(vital, direction), until]),
        ),
        news2: known.news2,
      };
      this.#rules.set(patient, rules);
    }
    return rules;
  }

  #tellNews2(state: SubjectState, at: EpochMs): void {
    const { patient } = state;
    if (patient === null || !news2Changed(state)) return;
    this.#bus.publishScore({ patient, at, news2: currentNews2(state, this.#rulesOf(patient).news2, at) });
  }

  #intervalOf(device: DeviceId): number | null {
    return this.#registry.device(device)?.interval_ms ?? null;
  }

  #relay(events: readonly (AlarmEvent | null)[]): void {
    for (const event of events) {
      if (event) this.#onEvent(this.#bus.publishAlarm(event));
    }
  }
}
