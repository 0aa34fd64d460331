import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent } from '../model/alarm.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import { COURSES, DIRECTIONS } from '../model/limit.ts';
import type { Sample } from '../model/sample.ts';
import { VITAL_NAMES, type Vital } from '../model/vital.ts';
import { noteBad, noteGood, QUALITY_CONDITIONS, watchStandstill } from './bad-data.ts';
import { evaluateChanges } from './change-limits.ts';
import { evaluateCombinations } from './combination-limits.ts';
import { type DeviceTrack, NEVER, trackOfSense, type VitalTrack, vitalTrack } from './device-track.ts';
import { isGap, silenceLimitMs } from './expected-interval.ts';
import { clearUnheld, doubtCombinations } from './inherited.ts';
import { reviewLateReading } from './late-readings.ts';
import { clear, raiseTechnical } from './live-alarms.ts';
import { evaluateNews2 } from './news2-watch.ts';
import { evaluateReading, release } from './physiological.ts';
import { isQuietSample, takeQuietSample } from './quiet-sample.ts';
import {
  AHEAD_AT_MOST_MS,
  type Arrival,
  BACKFILL_AFTER_MS,
  byTime,
  latestTime,
  measuredAt,
} from './sample-times.ts';
import { clearArrivalAlarms, clearSignalLost, raiseSignalsLost } from './silence.ts';
import type { Circumstance, SubjectRules } from './subject-rules.ts';
import { deviceTrack, rememberNewest, type SubjectState } from './subject-state.ts';

/**
 * Whether a value is late: not newer than what was evaluated, or back-fill (rule 3). A newest time that lies far ahead of
 * the device's own clock was a mistake: it does not make everything after it late, or one wrong sample would silence
 * the alarms until the clock has caught up.
 */
function isLate(track: VitalTrack | undefined, t: EpochMs, arrival: Arrival): boolean {
  const deviceNow = arrival.received + arrival.skew;
  if (deviceNow - t > BACKFILL_AFTER_MS) return true;
  if (track === undefined || t > track.evaluatedAt) return false;
  return track.evaluatedAt - deviceNow <= AHEAD_AT_MOST_MS;
}

function add(events: AlarmEvent[], event: AlarmEvent | null): void {
  if (event) events.push(event);
}

function noteArrived(device: DeviceTrack, received: EpochMs): void {
  if (device.arrivedAt !== NEVER) device.arrivals.remember(Math.max(0, received - device.arrivedAt));
  device.arrivedAt = received;
}

function evaluateValue(
  state: SubjectState,
  patient: PatientId,
  device: DeviceTrack,
  arrival: Arrival,
  sample: Sample,
  vital: Vital,
  value: number,
  when: Circumstance,
  events: AlarmEvent[],
): void {
  const trusted = sample.quality === undefined || sample.quality === 'good';
  const track = vitalTrack(device, vital);
  const reading = { device: arrival.device, vital, t: sample.t, value };
  if (isLate(track, sample.t, arrival)) {
    if (!trusted) return;
    device.late = true;
    const silenceMs = silenceLimitMs(vital, track, arrival.intervalMs);
    const { limits } = when.rules;
    events.push(...reviewLateReading(patient, track, limits, reading, silenceMs, arrival.received));
    return;
  }

  if (track.seenAt !== NEVER && !track.awaited && sample.t > track.seenAt)
    track.intervals.remember(sample.t - track.seenAt);
  // A time far ahead of the device's own clock was a mistake: the vital must not count as seen until then.
  track.seenAt = Math.min(sample.t, latestTime(arrival));
  track.awaited = false;
  add(events, clearSignalLost(state, arrival.device, vital, sample.t));
  if (!trusted) return;

  const distance = track.evaluatedAt === NEVER ? 0 : sample.t - track.evaluatedAt;
  const afterGap = distance < 0 || isGap(distance, vital, track, arrival.intervalMs);
  track.evaluatedAt = sample.t;
  events.push(...noteGood(state, device, arrival.device, ['impossible_value'], vital, sample.t));
  const standstill = watchStandstill(state, track, arrival.device, vital, value, afterGap, when);
  add(events, standstill.event);
  if (standstill.frozen) {
    track.lastMeasured = NEVER;
    return;
  }
  track.lastValue = value;
  track.lastMeasured = measuredAt(sample, arrival);
  track.newest = rememberNewest(state, vital, value, track.lastMeasured, arrival.device, arrival.received);
  events.push(...evaluateReading(state, patient, track, reading, afterGap, when));
  if (track.changes !== null || when.rules.limits.changes[vital] !== undefined)
    events.push(...evaluateChanges(state, patient, track, reading, afterGap, when));
}

function reportUnassigned(
  state: SubjectState,
  device: DeviceTrack,
  arrival: Arrival,
  rules: SubjectRules,
): AlarmEvent[] {
  noteArrived(device, arrival.received);
  const newest = arrival.samples.reduce((t, sample) => Math.max(t, sample.t), 0);
  const finding = {
    device: arrival.device,
    condition: 'unassigned_device',
    vital: null,
    lastValueAt: null,
  } as const;
  const event = raiseTechnical(state, finding, { at: newest, received: arrival.received, rules });
  return event ? [event] : [];
}

function isTimely(device: DeviceTrack, arrival: Arrival, sample: Sample): boolean {
  return VITAL_NAMES.some(
    (vital) => sample[vital] !== undefined && !isLate(device.vitals[vital], sample.t, arrival),
  );
}

/** Evaluates one moment, but for its part in scores. @param events what happens is added to */
function evaluateSample(
  state: SubjectState,
  patient: PatientId,
  device: DeviceTrack,
  arrival: Arrival,
  sample: Sample,
  isTimely: boolean,
  rules: SubjectRules,
  events: AlarmEvent[],
): void {
  const when: Circumstance = { at: sample.t, received: arrival.received, rules };
  for (const vital of VITAL_NAMES) {
    const value = sample[vital];
    if (value !== undefined)
      evaluateValue(state, patient, device, arrival, sample, vital, value, when, events);
  }
  if (!isTimely) return;
  if (rules.limits.combinations.length > 0 || state.combinations !== null)
    events.push(...evaluateCombinations(state, patient, sample, arrival.received, rules));
  device.heard ??= { since: arrival.received, registeredMs: arrival.intervalMs };
  events.push(...clearArrivalAlarms(state, arrival.device, sample.t));
  const quality = sample.quality ?? 'good';
  if (quality === 'good') {
    events.push(...noteGood(state, device, arrival.device, QUALITY_CONDITIONS, null, sample.t));
  } else {
    add(events, noteBad(state, device, arrival.device, quality, null, when));
  }
  // What is dated far ahead says nothing of how long others have been missing.
  if (sample.t <= latestTime(arrival))
    events.push(...raiseSignalsLost(state, device, arrival.device, arrival.intervalMs, when));
}

/**
 * Evaluates what one frame brought (rules 1 to 5): first by sample time, then the silence of vitals that did not come.
 * Changes `state` and returns what happened, in order. No I/O and no clock of its own: the same state and arrivals
 * give the same events with the same ids.
 * @param device the track of the arrival's device, for callers who have it at hand
 * @param isQuiet which samples may take the short path: none, and everything is the same but slower
 */
export function evaluateArrival(
  state: SubjectState,
  arrival: Arrival,
  rules: SubjectRules,
  device: DeviceTrack = deviceTrack(state, arrival.device),
  isQuiet: typeof isQuietSample = isQuietSample,
): AlarmEvent[] {
  const { patient } = state;
  if (patient === null) return reportUnassigned(state, device, arrival, rules);
  const events: AlarmEvent[] = [];
  let current = false;
  for (const sample of byTime(arrival.samples)) {
    const quiet = isQuiet(state, device, arrival, sample, rules);
    const timely = quiet || isTimely(device, arrival, sample);
    if (quiet) takeQuietSample(device, arrival, sample);
    else evaluateSample(state, patient, device, arrival, sample, timely, rules, events);
    if (!timely) continue;
    if (!current) noteArrived(device, arrival.received);
    current = true;
    add(events, evaluateNews2(state, measuredAt(sample, arrival), arrival.received, rules));
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
  if (track) track.released = true;
  doubtCombinations(state);
  events.push(...clearUnheld(state, at));
  return events;
}
