import type { EpochMs } from '../core/clock.ts';
import { type AlarmEvent, physiologicalAlarmId } from '../model/alarm.ts';
import type { EffectiveLimits, Tiers } from '../model/effective-limits.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import { DIRECTIONS, type Direction, type Limit, rank } from '../model/limit.ts';
import type { RetrospectiveTrack, VitalTrack } from './device-track.ts';
import { silenceLimitMs } from './expected-interval.ts';
import { type Reading, VALUE_TEST } from './physiological.ts';
import type { SubjectState } from './subject-state.ts';

function worstBreached(tiers: Tiers<Limit> | undefined, value: number): Limit | null {
  return tiers?.findLast((tier) => VALUE_TEST.isBeyond(tier, value)) ?? null;
}

function retrospectiveEvent(
  patient: PatientId,
  { device, vital, t }: Omit<Reading, 'value'>,
  direction: Direction,
  episode: RetrospectiveTrack,
): AlarmEvent {
  const { onset, until, priority, threshold, value, raised } = episode;
  episode.told = until;
  return {
    event: 'retrospective',
    at: t,
    alarm: {
      id: physiologicalAlarmId(patient, { cause: 'limit', vital, direction }, onset, true),
      kind: 'physiological',
      cause: 'limit',
      patient,
      device,
      vital,
      direction,
      ...{ priority, threshold, value },
      presence: 'off',
      onset,
      breached_since: onset,
      ended: until,
      cleared: until,
      raised_at: raised,
      alerted_at: raised,
      circle: 'assigned',
      escalated_at: null,
      received_at: null,
      unattended: false,
      shelved_until: null,
      acknowledged_by: null,
      acknowledged_at: null,
      first_acknowledged_at: null,
      retrospective: true,
    },
  };
}

/**
 * Lists breaches in a late value (rule 3) without touching any live alarm. Late breaches no further apart than the
 * silence limit are one episode: told when it begins, when it worsens and when it ends, not once a sample.
 * @param received server time
 */
export function reviewLateReading(
  patient: PatientId,
  track: VitalTrack,
  limits: EffectiveLimits,
  reading: Reading,
  silenceMs: number,
  received: EpochMs,
): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  for (const direction of DIRECTIONS) {
    const tier = worstBreached(limits.values[reading.vital]?.[direction], reading.value);
    const episode = track.retrospective?.[direction];
    const joins =
      episode !== undefined &&
      reading.t >= episode.onset - silenceMs &&
      reading.t <= episode.until + silenceMs;
    if (!tier) {
      if (episode && reading.t > episode.until) {
        delete track.retrospective?.[direction];
        events.push(retrospectiveEvent(patient, reading, direction, episode));
      }
      continue;
    }
    const level = { priority: tier.priority, threshold: tier.threshold, value: reading.value };
    if (!joins) {
      const times = { onset: reading.t, until: reading.t, told: reading.t, raised: received, received };
      const begun: RetrospectiveTrack = { ...times, ...level };
      track.retrospective ??= {};
      track.retrospective[direction] = begun;
      events.push(retrospectiveEvent(patient, reading, direction, begun));
      continue;
    }
    episode.until = Math.max(episode.until, reading.t);
    episode.received = received;
    if (rank(tier.priority) > rank(episode.priority)) {
      Object.assign(episode, level);
      events.push(retrospectiveEvent(patient, reading, direction, episode));
    }
  }
  return events;
}

/**
 * By server time: tells the end of episodes that nothing came after, once that is the silence limit ago; whoever had only
 * been told of their beginning could not know how long they were.
 * @param registeredOf how often a device was registered to send, null where learned
 */
export function endRetrospective(
  state: SubjectState,
  now: EpochMs,
  registeredOf: (device: DeviceId) => number | null,
): AlarmEvent[] {
  const { patient } = state;
  if (patient === null) return [];
  const events: AlarmEvent[] = [];
  for (const [device, of] of state.devices) {
    if (!of.late) continue;
    of.late = false;
    for (const track of of.tracks) {
      const { vital } = track;
      if (track.retrospective === null) continue;
      for (const direction of DIRECTIONS) {
        const episode = track.retrospective[direction];
        if (!episode) continue;
        if (now - episode.received < silenceLimitMs(vital, track, registeredOf(device))) {
          of.late = true;
          continue;
        }
        delete track.retrospective[direction];
        if (episode.until === episode.told) continue;
        const last = { device, vital, t: episode.until };
        events.push(retrospectiveEvent(patient, last, direction, episode));
      }
    }
  }
  return events;
}
