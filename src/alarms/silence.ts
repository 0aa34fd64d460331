import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent } from '../model/alarm.ts';
import type { DeviceId } from '../model/ids.ts';
import type { Vital } from '../model/vital.ts';
import { type DeviceTrack, lastEvaluated, NEVER } from './device-track.ts';
import { deviceSilenceLimitMs, isLost, MIN_SILENCE_MS } from './expected-interval.ts';
import { clearUnheld } from './inherited.ts';
import { endRetrospective } from './late-readings.ts';
import { clear, raiseTechnical } from './live-alarms.ts';
import type { Circumstance, SubjectRules } from './subject-rules.ts';
import { deviceTrack, type SubjectState, technicalKey } from './subject-state.ts';

/** Nobody gives devices longer to come back. */
const EXPECTED_WITHIN_MS = 60_000;

/** By sample time: vitals the device used to send and that are missing while others go on (rule 4). */
export function raiseSignalsLost(
  state: SubjectState,
  track: DeviceTrack,
  device: DeviceId,
  registered: number | null,
  when: Circumstance,
): AlarmEvent[] {
  const t = when.at;
  const events: AlarmEvent[] = [];
  for (const of of track.tracks) {
    const { vital } = of;
    if (of.seenAt === NEVER) {
      if (of.awaited) of.seenAt = t;
      continue;
    }
    if (!isLost(t - of.seenAt, vital, of, registered)) continue;
    const event = raiseTechnical(
      state,
      { device, condition: 'signal_lost', vital, lastValueAt: lastEvaluated(of) },
      when,
    );
    if (event) events.push(event);
  }
  return events;
}

/** The vital came back. */
export function clearSignalLost(
  state: SubjectState,
  device: DeviceId,
  vital: Vital,
  t: EpochMs,
): AlarmEvent | null {
  return state.live.size === 0 ? null : clear(state, technicalKey(device, 'signal_lost', vital), t);
}

/** Samples came again: the device as a whole is neither silent nor offline. */
export function clearArrivalAlarms(state: SubjectState, device: DeviceId, t: EpochMs): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  if (state.live.size === 0) return events;
  for (const condition of ['device_offline', 'signal_lost'] as const) {
    const event = clear(state, technicalKey(device, condition, null), t);
    if (event) events.push(event);
  }
  return events;
}

/** A device's socket came or went. Going is no alarm yet: a network loss shorter than the silence limit is not news. */
export function setConnected(
  state: SubjectState,
  device: DeviceId,
  connected: boolean,
  now: EpochMs,
): AlarmEvent | null {
  deviceTrack(state, device).connected = connected;
  const ended = connected ? 'device_offline' : 'signal_lost';
  return clear(state, technicalKey(device, ended, null), now);
}

/** From `now` (server time) on the device is missed, although nothing has arrived from it yet (rule 4). */
export function expectDevice(state: SubjectState, device: DeviceId, now: EpochMs): void {
  deviceTrack(state, device).expected ??= now;
}

/**
 * A device that went on sending until a planned restart, and has from `now` on to be back: the time that the server was away
 * is not its silence, nor part of its rhythm.
 */
export function expectReturn(state: SubjectState, device: DeviceId, now: EpochMs): void {
  const track = deviceTrack(state, device);
  track.connected = false;
  if (silentSince(track) === null) return;
  track.arrivedAt = NEVER;
  track.expected = now;
}

/** The server's clock was set back: silence counts from now on, not from when the clock is there again. */
function noticeSetBack(track: DeviceTrack, now: EpochMs): void {
  if (track.arrivedAt > now) track.arrivedAt = now;
  if (track.expected !== null && track.expected - now > EXPECTED_WITHIN_MS) track.expected = now;
}

/** Since when nothing arrived; null: nobody waits for it. */
function silentSince(track: DeviceTrack): EpochMs | null {
  return track.arrivedAt === NEVER ? track.expected : track.arrivedAt;
}

/**
 * By server time: devices of which nothing at all arrives (rule 4). `device_offline` without a socket, `signal_lost`
 * of the whole device with one. A device that never sent anything is missed only if it is expected.
 * Alarms that waited for a device in vain end here too, and episodes in late samples that nothing came after.
 * @param registeredOf how often a device was registered to send, null where learned
 */
export function sweepSilence(
  state: SubjectState,
  now: EpochMs,
  registeredOf: (device: DeviceId) => number | null,
  rules: SubjectRules,
): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  if (state.patient === null) return events;
  for (const [device, track] of state.devices) {
    noticeSetBack(track, now);
    if (!isSilent(track, device, now, registeredOf)) continue;
    const condition = track.connected ? 'signal_lost' : 'device_offline';
    const event = raiseTechnical(
      state,
      { device, condition, vital: null, lastValueAt: track.arrivedAt === NEVER ? null : track.arrivedAt },
      { at: now, received: now, rules },
    );
    if (event) events.push(event);
  }
  if (state.inherited.size > 0) events.push(...clearUnheld(state, now));
  events.push(...endRetrospective(state, now, registeredOf));
  return events;
}

/** Until when a device that is not silent at `now` cannot be, whatever is learned of its rhythm. Server time; past: at any moment. */
export function soundUntil(track: DeviceTrack, now: EpochMs): EpochMs {
  const since = silentSince(track) ?? now;
  return Math.min(now, since) + MIN_SILENCE_MS;
}

/**
 * Whether nothing arrives from a connected device although it should: its presence is `silent`.
 * @param registeredOf how often it was registered to send, null where learned; asked only when nothing came for a while
 */
export function isSilent(
  track: DeviceTrack,
  device: DeviceId,
  now: EpochMs,
  registeredOf: (device: DeviceId) => number | null,
): boolean {
  const since = silentSince(track);
  // The limit, which looks at every vital, is not worked out for the usual second.
  if (since === null || now - since < MIN_SILENCE_MS) return false;
  return now - since >= deviceSilenceLimitMs(track, registeredOf(device));
}
