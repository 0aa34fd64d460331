import type { LiveAlarm } from '../../src/console/feed/ward-model.ts';
import type { ChangeAlarm, CombinationAlarm, News2Alarm, TechnicalAlarm } from '../../src/model/alarm.ts';
import type { AlarmId, DeviceId } from '../../src/model/ids.ts';
import { anAlarm, newLife, P1 } from './alarms.ts';

/** When the alarms of these tests began: 2 March 2026, 08:00:17 UTC. */
export const ONSET = 1_772_438_417_000;

const common = {
  ...({
    kind: 'physiological',
    patient: P1,
    priority: 'medium',
    onset: ONSET,
    retrospective: false,
  } as const),
  ...{ breached_since: ONSET - 15_000 },
  ...newLife(ONSET),
};

export function changeAlarm(fields: Partial<ChangeAlarm> = {}): ChangeAlarm {
  return {
    ...{ ...common, id: 'P1:spo2:falling:1' as AlarmId, cause: 'change', device: 'D1' as DeviceId },
    ...{ vital: 'spo2', course: 'falling', threshold: 4, window_ms: 60_000, change: 6, value: 90 },
    ...fields,
  };
}

export function combinationAlarm(fields: Partial<CombinationAlarm> = {}): CombinationAlarm {
  return {
    ...{ ...common, id: 'P1:combination:1' as AlarmId, cause: 'combination', device: 'D1' as DeviceId },
    ...{ name: 'early_shock', values: { pulse_rate: 118, systolic_bp: 94 } },
    ...fields,
  };
}

export function news2Alarm(fields: Partial<News2Alarm> = {}): News2Alarm {
  return {
    ...{ ...common, id: 'P1:news2:1' as AlarmId, cause: 'news2', device: null },
    ...{ score: 7, trigger: 'emergency' },
    ...fields,
  };
}

export function technicalAlarm(fields: Partial<TechnicalAlarm> = {}): TechnicalAlarm {
  return {
    ...{ kind: 'technical', id: 'P1:D1:device_offline::1' as AlarmId, patient: P1, device: 'D1' as DeviceId },
    ...{ priority: 'low', onset: ONSET, condition: 'device_offline', vital: null, last_value_at: null },
    ...newLife(ONSET),
    ...fields,
  };
}

/** An alarm as a page of ward north is told of it. */
export function liveAlarm(
  fields: Parameters<typeof anAlarm>[1] = {},
  more: Partial<LiveAlarm> = {},
): LiveAlarm {
  return { alarm: anAlarm(ONSET, fields), ward: 'north', addressed: true, calling: false, ...more };
}
