import type { EpochMs } from '../core/clock.ts';
import {
  type Alarm,
  type AlarmEvent,
  type PhysiologicalAlarm,
  physiologicalAlarmId,
  type TechnicalAlarm,
  type TechnicalCondition,
  technicalAlarmId,
} from '../model/alarm.ts';
import type { AlarmId, ClinicianId, DeviceId, PatientId } from '../model/ids.ts';
import { type Direction, type Limit, rank } from '../model/limit.ts';
import type { Vital } from '../model/vital.ts';
import { physiologicalKey, type SubjectState, technicalKey } from './subject-state.ts';

/** A tier that a device's samples have reached: what an alarm is raised from. */
export interface Breach {
  readonly device: DeviceId;
  readonly vital: Vital;
  readonly direction: Direction;
  readonly tier: Limit;
  readonly since: EpochMs;
  readonly value: number;
}

const UNSEEN = { cleared: null, acknowledged_by: null, acknowledged_at: null } as const;

/** Raises the alarm of a vital and direction, or raises the priority of the one that lives (rule 2). */
export function holdPhysiological(
  state: SubjectState,
  patient: PatientId,
  breach: Breach,
  at: EpochMs,
): AlarmEvent | null {
  const key = physiologicalKey(breach.vital, breach.direction);
  const live = state.live.get(key);
  const reached = { priority: breach.tier.priority, threshold: breach.tier.threshold, value: breach.value };
  if (live === undefined) {
    const alarm: PhysiologicalAlarm = {
      id: physiologicalAlarmId(patient, breach.vital, breach.direction, at),
      kind: 'physiological',
      patient,
      device: breach.device,
      vital: breach.vital,
      direction: breach.direction,
      ...reached,
      presence: 'on',
      onset: at,
      breached_since: breach.since,
      retrospective: false,
      ...UNSEEN,
    };
    state.live.set(key, alarm);
    return { event: 'raised', at, alarm };
  }
  if (live.kind !== 'physiological' || rank(breach.tier.priority) <= rank(live.priority)) return null;
  // A worsening is news to whoever acknowledged the milder alarm (rule 6).
  const alarm: PhysiologicalAlarm = {
    ...live,
    ...reached,
    presence: 'on',
    acknowledged_by: null,
    acknowledged_at: null,
  };
  state.live.set(key, alarm);
  return { event: 'priority_raised', at, alarm };
}

/** Raises a technical alarm unless it lives already. */
export function raiseTechnical(
  state: SubjectState,
  device: DeviceId,
  condition: TechnicalCondition,
  vital: Vital | null,
  at: EpochMs,
  lastValueAt: EpochMs | null,
): AlarmEvent | null {
  const key = technicalKey(device, condition, vital);
  if (state.live.has(key)) return null;
  const alarm: TechnicalAlarm = {
    id: technicalAlarmId(state.patient, device, condition, vital, at),
    kind: 'technical',
    patient: state.patient,
    device,
    condition,
    vital,
    // Technical alarms speak of the measurement; none of these endangers the person at once (IEC 60601-1-8, 6.1.2).
    priority: 'low',
    presence: 'on',
    onset: at,
    last_value_at: lastValueAt,
    ...UNSEEN,
  };
  state.live.set(key, alarm);
  return { event: 'raised', at, alarm };
}

/** Ends the live alarm under `key`, if there is one. */
export function clear(state: SubjectState, key: string, at: EpochMs): AlarmEvent | null {
  const live = state.live.get(key);
  if (!live) return null;
  state.live.delete(key);
  state.inherited.delete(key);
  return { event: 'cleared', at, alarm: { ...live, presence: 'off', cleared: at } };
}

/** Marks a live alarm as seen by a person: stops the sound, not the alarm (rule 6). Null: not live, or seen already. */
export function acknowledge(
  state: SubjectState,
  id: AlarmId,
  by: ClinicianId,
  at: EpochMs,
): AlarmEvent | null {
  for (const [key, live] of state.live) {
    if (live.id !== id) continue;
    if (live.presence === 'ack') return null;
    const alarm: Alarm = { ...live, presence: 'ack', acknowledged_by: by, acknowledged_at: at };
    state.live.set(key, alarm);
    return { event: 'acknowledged', at, alarm };
  }
  return null;
}
