import { evaluateArrival, releaseDevice, reportImpossible } from '../alarms/engine.ts';
import { evaluateObservation, type RecalledInputs, rememberRecalled } from '../alarms/manual-observation.ts';
import { currentNews2, hasNews2Inputs } from '../alarms/news2-inputs.ts';
import { news2Changed, sweepNews2 } from '../alarms/news2-watch.ts';
import { limitsChanged } from '../alarms/reevaluate.ts';
import { acknowledge, applyShelves, confirmReceipt, lapseResponses } from '../alarms/response.ts';
import { restore } from '../alarms/restore.ts';
import {
  expectDevice,
  expectReturn,
  isSilent,
  setConnected,
  soundUntil,
  sweepSilence,
} from '../alarms/silence.ts';
import { NOBODYS_RULES, type ResponseTimes } from '../alarms/subject-rules.ts';
import { newSubjectState, type SubjectState } from '../alarms/subject-state.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import { type Alarm, type AlarmEvent, type LoggedAlarmEvent, subjectOf } from '../model/alarm.ts';
import type { AlarmId, ClinicianId, DeviceId, PatientId } from '../model/ids.ts';
import type { News2 } from '../model/news2.ts';
import type { Observation } from '../model/observation.ts';
import type { Vital } from '../model/vital.ts';
import type { Registry, RegistryChange } from '../registry/registry.ts';
import type { AlarmDeskOptions, DeskArrival } from './alarm-desk-options.ts';
import { AlarmGuard } from './alarm-guard.ts';
import { readStates, type WrittenState, writtenState } from './alarm-states.ts';
import { type DevicePlace, DevicePlaces } from './device-place.ts';
import { PatientRules } from './patient-rules.ts';
import { Subjects } from './subjects.ts';

/** After a restart a fleet comes back spread over this time (full jitter): nobody is missed before. */
const RETURN_MS = 30_000;

/**
 * The one owner of every patient's alarm state in this process (decision 6): runs the engine, relays its events at
 * once, and keeps to the registry's limits and assignments as they change.
 */
export class AlarmDesk implements Disposable {
  readonly #registry: Registry;
  readonly #bus: Bus;
  readonly #onEvent: (event: LoggedAlarmEvent) => void;
  readonly #subjects = new Subjects();
  readonly #places: DevicePlaces;
  readonly #times: ResponseTimes;
  readonly #clock: Clock;
  readonly #rules: PatientRules;
  readonly #guard: AlarmGuard;
  /** Whose each alarm that is not off is. */
  readonly #byAlarm = new Map<AlarmId, SubjectState>();
  readonly #subscriptions: Disposable[];
  /** States or alarms were taken up, and nobody said yet at what time. */
  #restarted: 'from_log' | 'from_states' | null = null;

  constructor(options: AlarmDeskOptions) {
    this.#registry = options.registry;
    this.#bus = options.bus;
    this.#onEvent = options.onEvent;
    this.#times = options.times;
    this.#clock = options.clock;
    this.#rules = new PatientRules(options.registry);
    this.#places = new DevicePlaces(options.registry, this.#subjects, this.#rules);
    this.#guard = new AlarmGuard(options);
    this.#subscriptions = [
      options.registry.watch((change) => this.#registryChanged(change)),
      options.bus.subscribe({
        acknowledgement: ({ alarm, by, at, seen }) => this.acknowledge(alarm, by, at, seen),
        receipt: ({ alarm, at }) => this.#confirmed(alarm, at),
      }),
    ];
  }

  /**
   * Takes up the alarms that were live when the process before this one ended. Which devices were sending is not written
   * down: every active device that is worn is expected, since missing data is not health (rule 4).
   * @param now the time of the start; absent: the first time this desk is told.
   */
  restore(alarms: readonly Alarm[], now?: EpochMs): void {
    for (const alarm of alarms) {
      const state = this.#subjects.of(alarm.patient, alarm.device);
      restore(state, [alarm]);
      this.#byAlarm.set(alarm.id, state);
    }
    this.#restarted = 'from_log';
    if (now !== undefined) this.#start(now);
  }

  /** Everything that is remembered of everybody, for the process that follows this one (see `resume`). */
  states(now: EpochMs): WrittenState[] {
    return [...this.#subjects].map(([subject, state]) =>
      writtenState(subject, state, this.#rules.of(state.patient, now).limits),
    );
  }

  /**
   * Goes on from states that were written down: delays that were running go on, and the time in between is nobody's
   * silence. Instead of `restore`. False: they are of another release, and nothing was taken up.
   * @throws CodedError `alarm_state_unreadable`; nothing was taken up either
   */
  resume(written: readonly WrittenState[], now: EpochMs): boolean {
    const read = readStates(written);
    if (read === null) return false;
    this.#places.outdate();
    for (const { subject, state } of read) {
      this.#subjects.set(subject, state);
      for (const { id } of state.live.values()) this.#byAlarm.set(id, state);
    }
    this.#restarted = 'from_states';
    this.#start(now);
    for (const { state, isOf } of read) {
      const rules = this.#rules.of(state.patient, now);
      if (!isOf(rules.limits)) this.#relay(limitsChanged(state, null, rules, now));
    }
    return true;
  }

  /** Judgements that failed when they were made last. */
  get failing(): number {
    return this.#guard.failing;
  }

  /** For whoever hears a device to keep, and to give along with what it sends. */
  placeOf(device: DeviceId): DevicePlace {
    return { device, found: null };
  }

  /**
   * Never throws: what arrives is recorded all the same.
   * @param place of the device, if the caller keeps it: saves looking up what is the same from frame to frame
   */
  evaluate(arrival: DeskArrival, place = this.placeOf(arrival.device)): void {
    try {
      this.#evaluate(arrival, place);
    } catch (cause) {
      this.#guard.failed(subjectOf(arrival.patient, arrival.device), 'arrival', [arrival.device], cause);
      return;
    }
    if (this.#guard.failing > 0) this.#guard.succeeded(subjectOf(arrival.patient, arrival.device), 'arrival');
  }

  /** What a person observed and entered by hand: becomes part of scores and combinations at once. */
  observe(observation: Observation): void {
    this.#start(observation.entered);
    const state = this.#subjects.of(observation.patient, null);
    this.#relay(
      evaluateObservation(state, observation, this.#rules.of(observation.patient, observation.entered)),
    );
    this.#tellNews2(state, observation.entered);
  }

  /** Takes up what was known of a patient before a restart; what is newer stays. */
  recall(patient: PatientId, inputs: RecalledInputs, now: EpochMs): void {
    const state = this.#subjects.of(patient, null);
    this.#relay([rememberRecalled(state, inputs, now, this.#rules.of(patient, now))]);
    this.#tellNews2(state, now);
  }

  /** Where NEWS2 stands at `now` (server time). */
  news2(patient: PatientId, now: EpochMs): News2 {
    const state = this.#subjects.known(patient, null) ?? newSubjectState(patient);
    return currentNews2(state, this.#rules.of(patient, now).news2, now);
  }

  /** A value was refused as impossible. */
  impossible(arrival: Omit<DeskArrival, 'samples'>, vital: Vital, t: EpochMs): void {
    this.#start(arrival.received);
    const state = this.#subjects.of(arrival.patient, arrival.device);
    this.#relay([
      reportImpossible(state, vital, t, arrival, this.#rules.of(arrival.patient, arrival.received)),
    ]);
  }

  setConnected(device: DeviceId, patient: PatientId | null, connected: boolean, now: EpochMs): void {
    this.#start(now);
    this.#relay([setConnected(this.#subjects.of(patient, device), device, connected, now)]);
  }

  /** Until when a connected device is not silent; null: it sends nothing although it should. Past: ask again soon. */
  soundUntil(device: DeviceId, patient: PatientId | null, now: EpochMs): EpochMs | null {
    const track = this.#subjects.known(patient, device)?.devices.get(device);
    if (track === undefined) return now;
    return isSilent(track, device, now, this.#places.intervalOf) ? null : soundUntil(track, now);
  }

  /** Looks for silence; to be called about once a second. */
  sweep(now: EpochMs): void {
    this.#start(now);
    for (const [key, state] of this.#subjects) {
      try {
        this.#sweep(state, now);
        if (this.#guard.failing > 0) this.#guard.succeeded(key, 'sweep');
      } catch (cause) {
        this.#guard.failed(key, 'sweep', state.devices.keys(), cause);
      }
      if (state.devices.size > 0 || state.live.size > 0 || hasNews2Inputs(state, now)) continue;
      this.#subjects.forget(key);
      this.#guard.forget(key);
    }
    this.releaseReassigned(now);
  }

  /** A person has seen an alarm. */
  acknowledge(id: AlarmId, by: ClinicianId, at: EpochMs, seen: EpochMs | null = null): void {
    const state = this.#byAlarm.get(id);
    if (state) this.#relay([acknowledge(state, id, by, at, seen)]);
  }

  /** Lets go of devices that are no longer worn by the subject they are tracked under. */
  releaseReassigned(now: EpochMs): void {
    for (const state of this.#subjects.states()) {
      for (const device of state.devices.keys()) {
        if (this.#registry.patientAt(device, now) !== state.patient)
          this.#relay(releaseDevice(state, device, now));
      }
    }
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #evaluate(arrival: DeskArrival, place: DevicePlace): void {
    const { device, patient, samples, received, skew } = arrival;
    this.#start(received);
    const found = this.#places.find(place, patient, received);
    const { state, intervalMs } = found;
    const of = { device, samples, received, skew, intervalMs };
    this.#relay(evaluateArrival(state, of, found.rules.rules ?? NOBODYS_RULES, found.track));
    this.#tellNews2(state, received);
  }

  #sweep(state: SubjectState, now: EpochMs): void {
    const rules = this.#rules.of(state.patient, now);
    this.#relay(sweepSilence(state, now, this.#places.intervalOf, rules));
    this.#relay(lapseResponses(state, now, rules, this.#times));
    const scored = sweepNews2(state, now, rules);
    if (scored) this.#relay([scored]);
    this.#tellNews2(state, now);
  }

  /** Begins to wait for the devices after a restart, before anything else is judged: they may hold alarms (rule 3). */
  #start(now: EpochMs): void {
    if (this.#restarted === null) return;
    const expect = this.#restarted === 'from_log' ? expectDevice : expectReturn;
    this.#restarted = null;
    const back = now + RETURN_MS;
    for (const state of this.#subjects.states()) {
      for (const device of state.devices.keys()) expect(state, device, back);
    }
    for (const { id, status } of this.#registry.devices()) {
      const patient = status === 'active' ? this.#registry.patientAt(id, now) : null;
      if (patient !== null) expectDevice(this.#subjects.of(patient, id), id, back);
    }
    if (expect === expectReturn) return;
    // What nothing limits any more since the process before this one.
    for (const state of this.#subjects.states())
      this.#relay(limitsChanged(state, null, this.#rules.of(state.patient, now), now));
  }

  /** What is known is judged by the new rules at once, for those whose rules they are. */
  #registryChanged(change: RegistryChange): void {
    const now = this.#clock.now();
    if (change.kind === 'device') this.#places.outdate();
    const changed = this.#rules.forget(change);
    if (changed.length > 0) this.#start(now);
    for (const { patient, limits } of changed) {
      const state = this.#subjects.known(patient, null);
      if (state === undefined) continue;
      const rules = this.#rules.of(patient, now);
      this.#relay(limitsChanged(state, limits, rules, now));
      this.#relay(applyShelves(state, now, rules));
    }
  }

  #confirmed(id: AlarmId, at: EpochMs): void {
    const state = this.#byAlarm.get(id);
    if (state) this.#relay([confirmReceipt(state, id, at)]);
  }

  #tellNews2(state: SubjectState, at: EpochMs): void {
    const { patient } = state;
    if (patient === null || !news2Changed(state)) return;
    this.#bus.publishScore({
      patient,
      at,
      news2: currentNews2(state, this.#rules.of(patient, at).news2, at),
    });
  }

  #relay(events: readonly (AlarmEvent | null)[]): void {
    for (const event of events) {
      if (!event) continue;
      const { id, patient, device, presence } = event.alarm;
      if (presence === 'off') this.#byAlarm.delete(id);
      else this.#byAlarm.set(id, this.#subjects.of(patient, device));
      this.#onEvent(this.#bus.publishAlarm(event));
    }
  }
}
