import type { EpochMs } from '../core/clock.ts';
import { type AlarmEvent, physiologicalAlarmId } from '../model/alarm.ts';
import type { EffectiveLimits, Tiers } from '../model/effective-limits.ts';
import type { PatientId } from '../model/ids.ts';
import { DIRECTIONS, type Direction, type Limit, rank } from '../model/limit.ts';
import { type Reading, VALUE_TEST } from './physiological.ts';
import type { RetrospectiveTrack, VitalTrack } from './subject-state.ts';

function worstBreached(tiers: Tiers<Limit> | undefined, value: number): Limit | null {
  return tiers?.findLast((tier) => VALUE_TEST.isBeyond(tier, value)) ?? null;
}

function retrospectiveEvent(
  patient: PatientId,
  { device, vital, t }: Reading,
  direction: Direction,
  { onset, until, ...level }: RetrospectiveTrack,
  received: EpochMs,
): AlarmEvent {
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
      ...level,
      presence: 'off',
      onset,
      breached_since: onset,
      ended: until,
      cleared: until,
      raised_at: received,
      alerted_at: received,
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
    const episode = track.retrospective[direction];
    const joins =
      episode !== undefined &&
      reading.t >= episode.onset - silenceMs &&
      reading.t <= episode.until + silenceMs;
    if (!tier) {
      if (episode && reading.t > episode.until) {
        delete track.retrospective[direction];
        events.push(retrospectiveEvent(patient, reading, direction, episode, received));
      }
      continue;
    }
    const level = { priority: tier.priority, threshold: tier.threshold, value: reading.value };
    if (!joins) {
      const begun: RetrospectiveTrack = { onset: reading.t, until: reading.t, ...level };
      track.retrospective[direction] = begun;
      events.push(retrospectiveEvent(patient, reading, direction, begun, received));
      continue;
    }
    episode.until = Math.max(episode.until, reading.t);
    if (rank(tier.priority) > rank(episode.priority)) {
      Object.assign(episode, level);
      events.push(retrospectiveEvent(patient, reading, direction, episode, received));
    }
  }
  return events;
}
