import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent } from '../model/alarm.ts';
import type { DeviceId } from '../model/ids.ts';
import { COURSES, DIRECTIONS } from '../model/limit.ts';
import type { Sample } from '../model/sample.ts';
import { VITAL_NAMES, type Vital } from '../model/vital.ts';
import { noteBad, noteGood, QUALITY_CONDITIONS, watchStandstill } from './bad-data.ts';
import { evaluateChanges } from './change-limits.ts';
import { evaluateCombinations } from './combination-limits.ts';
import { isGap, remember, silenceLimitMs } from './expected-interval.ts';
import { clearUnheld, doubtCombinations } from './inherited.ts';
import { reviewLateReading } from './late-readings.ts';
import { clear, raiseTechnical } from './live-alarms.ts';
import { evaluateNews2 } from './news2-watch.ts';
import { evaluateReading, release } from './physiological.ts';
import { clearArrivalAlarms, clearSignalLost, raiseSignalsLost } from './silence.ts';
import type { Circumstance, SubjectRules } from './subject-rules.ts';
import {
  type DeviceTrack,
  deviceTrack,
  rememberNewest,
  type SubjectState,
  trackOfSense,
  type VitalTrack,
  vitalTrack,
} from './subject-state.ts';

/** A sample that reaches the server longer after its time is back-fill (rule 3). */
const BACKFILL_AFTER_MS = 60_000;
/** A sample time further ahead of the device's own clock is not taken for the newest. */
const AHEAD_AT_MOST_MS = 60_000;

/** Checked samples of one frame of one device. */
export interface Arrival {
  readonly device: DeviceId;
  /** In any order. */
  readonly samples: readonly Sample[];
  /** Server time of receipt. */
  readonly received: EpochMs;
  /** Device clock minus server clock, so that a device whose clock is off is not taken for a late one. */
  readonly skew: number;
  /** How often the device was registered to send; null: learned. Milliseconds. */
  readonly intervalMs: number | null;
}

function byTime(samples: readonly Sample[]): readonly Sample[] {
  for (let i = 1; i < samples.length; i++) {
    const [before, after] = [samples[i - 1], samples[i]];
    if (before && after && after.t < before.t) return samples.toSorted((a, b) => a.t - b.t);
  }
  return samples;
}

/**
 * Whether a value is late: not newer than what was evaluated, or back-fill (rule 3). A newest time that lies far ahead of
 * the device's own clock was a mistake: it does not make everything after it late, or one wrong sample would silence
 * the alarms until the clock has caught up.
 */
function isLate(track: VitalTrack | undefined, t: EpochMs, arrival: Arrival): boolean {
  const deviceNow = arrival.received + arrival.skew;
  if (deviceNow - t > BACKFILL_AFTER_MS) return true;
  if (track === undefined || track.evaluated === null || t > track.evaluated) return false;
  return track.evaluated - deviceNow <= AHEAD_AT_MOST_MS;
}

function noteArrived(device: DeviceTrack, received: EpochMs): void {
  if (device.arrived !== null) remember(device.arrivals, Math.max(0, received - device.arrived));
  device.arrived = received;
}

/** The latest sample time that is taken for one: a later one is a mistake. */
function latestTime({ received, skew }: Arrival): EpochMs {
  return received + skew + AHEAD_AT_MOST_MS;
}

function evaluateValue(
  state: SubjectState,
  device: DeviceTrack,
  arrival: Arrival,
  sample: Sample,
  vital: Vital,
  value: number,
  when: Circumstance,
): AlarmEvent[] {
  const { patient } = state;
  if (patient === null) return [];
  const trusted = sample.quality === undefined || sample.quality === 'good';
  const track = vitalTrack(device, vital);
  const reading = { device: arrival.device, vital, t: sample.t, value };
  if (isLate(track, sample.t, arrival)) {
    if (!trusted) return [];
    return reviewLateReading(
      patient,
      track,
      when.rules.limits,
      reading,
      silenceLimitMs(vital, track, arrival.intervalMs),
      arrival.received,
    );
  }

  const events: AlarmEvent[] = [];
  if (track.seen !== null && !track.awaited && sample.t > track.seen)
    remember(track.intervals, sample.t - track.seen);
  // A time far ahead of the device's own clock was a mistake: the vital must not count as seen until then.
  track.seen = Math.min(sample.t, latestTime(arrival));
  track.awaited = false;
  const back = clearSignalLost(state, arrival.device, vital, sample.t);
  if (back) events.push(back);
  if (!trusted) return events;

  const distance = track.evaluated === null ? 0 : sample.t - track.evaluated;
  const afterGap = distance < 0 || isGap(distance, vital, track, arrival.intervalMs);
  track.evaluated = sample.t;
  events.push(...noteGood(state, device, arrival.device, ['impossible_value'], vital, sample.t));
  const standstill = watchStandstill(state, track, arrival.device, vital, value, afterGap, when);
  if (standstill.event) events.push(standstill.event);
  if (standstill.frozen) {
    track.last = null;
    return events;
  }
  const measured = Math.min(sample.t - arrival.skew, arrival.received);
  if (track.last === null) track.last = { value, measured };
  else {
    track.last.value = value;
    track.last.measured = measured;
  }
  rememberNewest(state, vital, value, measured, arrival.device, arrival.received);
  events.push(...evaluateReading(state, patient, track, reading, afterGap, when));
  if (track.changes !== null || when.rules.limits.changes[vital] !== undefined)
    events.push(...evaluateChanges(state, patient, track, reading, afterGap, when));
  return events;
}

/**
 * Evaluates what one frame brought (rules 1 to 5): first by sample time, then the silence of vitals that did not come.
 * Changes `state` and returns what happened, in order. No I/O and no clock of its own: the same state and arrivals
 * give the same events with the same ids.
 */
export function evaluateArrival(state: SubjectState, arrival: Arrival, rules: SubjectRules): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  const device = deviceTrack(state, arrival.device);
  const add = (event: AlarmEvent | null): void => {
    if (event) events.push(event);
  };
  if (state.patient === null) {
    noteArrived(device, arrival.received);
    const newest = arrival.samples.reduce((t, sample) => Math.max(t, sample.t), 0);
    const finding = {
      device: arrival.device,
      condition: 'unassigned_device',
      vital: null,
      lastValueAt: null,
    } as const;
    add(raiseTechnical(state, finding, { at: newest, received: arrival.received, rules }));
    return events;
  }
  let current = false;
  for (const sample of byTime(arrival.samples)) {
    let timely = false;
    const when: Circumstance = { at: sample.t, received: arrival.received, rules };
    for (const vital of VITAL_NAMES) {
      const value = sample[vital];
      if (value === undefined) continue;
      timely ||= !isLate(device.vitals[vital], sample.t, arrival);
      events.push(...evaluateValue(state, device, arrival, sample, vital, value, when));
    }
    if (!timely) continue;
    if (!current) noteArrived(device, arrival.received);
    current = true;
    if (rules.limits.combinations.length > 0 || state.combinations !== null)
      events.push(...evaluateCombinations(state, state.patient, sample, arrival.received, rules));
    device.heard ??= { since: arrival.received, registeredMs: arrival.intervalMs };
    for (const event of clearArrivalAlarms(state, arrival.device, sample.t)) add(event);
    if (sample.quality === undefined || sample.quality === 'good') {
      events.push(...noteGood(state, device, arrival.device, QUALITY_CONDITIONS, null, sample.t));
    } else {
      add(noteBad(state, device, arrival.device, sample.quality, null, when));
    }
    // What is dated far ahead says nothing of how long others have been missing.
    if (sample.t <= latestTime(arrival))
      events.push(...raiseSignalsLost(state, device, arrival.device, arrival.intervalMs, when));
    const measured = Math.min(sample.t - arrival.skew, arrival.received);
    add(evaluateNews2(state, measured, arrival.received, rules));
  }
  // Nothing but late data: how the person is now, nobody knows.
  if (!current) device.expected ??= arrival.received;
  return events;
}

/**
 * A value that can't be a measurement was refused at the door: the measurement is at fault, and someone should know.
 * Back-fill raises nothing (rule 3).
 */
export function reportImpossible(
  state: SubjectState,
  vital: Vital,
  t: EpochMs,
  arrival: Pick<Arrival, 'device' | 'received' | 'skew'>,
  rules: SubjectRules,
): AlarmEvent | null {
  if (arrival.received + arrival.skew - t > BACKFILL_AFTER_MS) return null;
  const { device, received } = arrival;
  return noteBad(state, deviceTrack(state, device), device, 'impossible_value', vital, {
    at: t,
    received,
    rules,
  });
}

/** The device no longer belongs to this subject: its technical alarms end, and it lets go of what it held. */
export function releaseDevice(state: SubjectState, device: DeviceId, at: EpochMs): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  const track = state.devices.get(device);
  for (const vital of VITAL_NAMES) {
    for (const sense of [...DIRECTIONS, ...COURSES]) {
      const limit = trackOfSense(track?.vitals[vital], sense);
      if (!limit?.held) continue;
      const event = release(state, limit, vital, sense, at);
      if (event) events.push(event);
    }
  }
  for (const [key, alarm] of state.live) {
    if (alarm.kind !== 'technical' || alarm.device !== device) continue;
    const event = clear(state, key, at);
    if (event) events.push(event);
  }
  state.devices.delete(device);
  doubtCombinations(state);
  events.push(...clearUnheld(state, at));
  return events;
}
