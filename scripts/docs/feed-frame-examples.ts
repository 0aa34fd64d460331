import type { CLIENT_TO_FEED } from '../../src/protocol/feed-commands.ts';
import type { FEED_TO_CLIENT } from '../../src/protocol/feed-frames.ts';
import { type Example, type Examples, T } from './frame-example.ts';

const LIFE = {
  presence: 'on',
  ended: null,
  cleared: null,
  raised_at: T + 20_120,
  alerted_at: T + 20_120,
  circle: 'assigned',
  escalated_at: null,
  received_at: null,
  unattended: false,
  shelved_until: null,
  acknowledged_by: null,
  acknowledged_at: null,
  first_acknowledged_at: null,
} as const;

const ALARM = {
  id: `p-12:spo2:low:${T + 17_000}`,
  kind: 'physiological',
  cause: 'limit',
  patient: 'p-12',
  device: 'wrist-7',
  vital: 'spo2',
  direction: 'low',
  priority: 'medium',
  threshold: 90,
  value: 85,
  onset: T + 17_000,
  breached_since: T + 2000,
  retrospective: false,
  ...LIFE,
} as const;

const TECHNICAL_ALARM = {
  id: `p-12:wrist-7:impossible_value:spo2:${T + 20_000}`,
  kind: 'technical',
  patient: 'p-12',
  device: 'wrist-7',
  condition: 'impossible_value',
  vital: 'spo2',
  priority: 'low',
  onset: T + 20_000,
  last_value_at: T + 19_000,
  ...LIFE,
} as const;

const CHANGE_ALARM = {
  id: `p-12:spo2:falling:${T + 17_000}`,
  kind: 'physiological',
  cause: 'change',
  patient: 'p-12',
  device: 'wrist-7',
  vital: 'spo2',
  course: 'falling',
  priority: 'medium',
  threshold: 4,
  window_ms: 60_000,
  change: 5,
  value: 91,
  onset: T + 17_000,
  breached_since: T + 12_000,
  retrospective: false,
  ...LIFE,
} as const;

const COMBINATION_ALARM = {
  id: `p-12:combination:shock:${T + 17_000}`,
  kind: 'physiological',
  cause: 'combination',
  patient: 'p-12',
  device: 'wrist-7',
  name: 'shock',
  priority: 'high',
  values: { pulse_rate: 118, systolic_bp: 94 },
  onset: T + 17_000,
  breached_since: T + 12_000,
  retrospective: false,
  ...LIFE,
} as const;

const NEWS2_ALARM = {
  id: `p-12:news2:${T + 17_000}`,
  kind: 'physiological',
  cause: 'news2',
  patient: 'p-12',
  device: null,
  score: 5,
  trigger: 'urgent',
  priority: 'medium',
  onset: T + 17_000,
  breached_since: T + 12_000,
  retrospective: false,
  ...LIFE,
} as const;

export const ALARM_EXAMPLES: readonly Example[] = [
  ALARM,
  CHANGE_ALARM,
  COMBINATION_ALARM,
  NEWS2_ALARM,
  TECHNICAL_ALARM,
];

/** What clients of clinicians send. */
export const CLIENT_EXAMPLES: Examples<typeof CLIENT_TO_FEED> = {
  subscribe: { type: 'subscribe', id: 's1', ward: 'north', since: '4294967297' },
  unsubscribe: { type: 'unsubscribe', id: 's2' },
  received: { type: 'received', cursor: '4294967299' },
  acknowledge: { type: 'acknowledge', id: 'a1', alarm: ALARM.id, alerted_at: ALARM.alerted_at },
  shelve: {
    type: 'shelve',
    id: 'h1',
    patient: 'p-12',
    vital: 'spo2',
    direction: 'low',
    minutes: 30,
    reason: 'Known desaturation while the mask is changed',
  },
  unshelve: { type: 'unshelve', id: 'h2', shelf: '1f4bd3c5-9a55-4e0e-a54e-0a9f4d4b8d7e' },
  observe: {
    type: 'observe',
    id: 'o1',
    patient: 'p-12',
    values: { body_temp: 38.2, systolic_bp: 104 },
    oxygen: 'oxygen',
    consciousness: 'alert',
  },
  waveforms: { type: 'waveforms', id: 'w1', patient: 'p-12', signals: ['ecg_ii'] },
  refresh: { type: 'refresh', id: 'r1', token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIs...' },
};

const ACCESS = {
  clinician: 'nurse-9',
  reason: 'Called to the resuscitation in bed 4',
  from: T + 18_000,
  until: T + 3_618_000,
} as const;

const SHELF = {
  id: '1f4bd3c5-9a55-4e0e-a54e-0a9f4d4b8d7e',
  vital: 'spo2',
  direction: 'low',
  by: 'charge-1',
  reason: 'Known desaturation while the mask is changed',
  from: T + 19_000,
  until: T + 1_819_000,
} as const;

function input(parameter: string, value: number | string, points: number, measured: number, now: number) {
  return { parameter, value, points, measured, age_ms: now - measured };
}

const NEWS2_PARTIAL = {
  kind: 'partial',
  scale: 1,
  lacks: ['oxygen', 'systolic_bp', 'consciousness', 'temperature'],
  inputs: [
    input('resp_rate', 14, 0, T + 2000, T + 20_400),
    input('spo2', 92, 2, T + 20_000, T + 20_400),
    input('pulse', 71, 0, T + 20_000, T + 20_400),
  ],
} as const;

const NEWS2 = {
  kind: 'score',
  scale: 1,
  score: 6,
  trigger: 'urgent',
  inputs: [
    input('resp_rate', 14, 0, T + 604_000, T + 605_000),
    input('spo2', 93, 2, T + 604_000, T + 605_000),
    input('oxygen', 'oxygen', 2, T + 600_000, T + 605_000),
    input('systolic_bp', 104, 1, T + 600_000, T + 605_000),
    input('pulse', 71, 0, T + 604_000, T + 605_000),
    input('consciousness', 'alert', 0, T + 600_000, T + 605_000),
    input('temperature', 38.2, 1, T + 600_000, T + 605_000),
  ],
} as const;

/** What the feed sends. */
export const FEED_EXAMPLES: Examples<typeof FEED_TO_CLIENT> = {
  snapshot: {
    type: 'snapshot',
    time: T + 20_400,
    cursor: '4294967299',
    patients: [
      {
        patient: 'p-12',
        ward: 'north',
        label: 'Bed 4',
        values: {
          heart_rate: { value: 71, t: T + 20_000, age_ms: 387 },
          resp_rate: { value: null, t: T + 2000, age_ms: 18_390 },
          spo2: { value: 92, t: T + 20_000, age_ms: 387, quality: 'motion' },
        },
        devices: [{ device: 'wrist-7', presence: 'on', since: T, battery_percent: 81 }],
        alarms: [ALARM],
        access: [ACCESS],
        shelves: [],
        news2: NEWS2_PARTIAL,
      },
    ],
    unassigned: [],
    escalated: [],
    addressed: [ALARM.id],
  },
  vitals: {
    type: 'vitals',
    patient: 'p-12',
    time: T + 21_400,
    values: { heart_rate: { value: 70, t: T + 21_000 }, spo2: { value: 84, t: T + 21_000 } },
  },
  waveform: {
    type: 'waveform',
    patient: 'p-12',
    device: 'wrist-7',
    signal: 'ecg_ii',
    t: T + 2000,
    rate_hz: 125,
    values: [-0.015, -0.013, 0.002],
  },
  alarm: {
    type: 'alarm',
    addressed: true,
    ward: 'north',
    event: 'raised',
    at: T + 17_000,
    alarm: ALARM,
    cursor: '4294967299',
  },
  presence: {
    type: 'presence',
    device: 'wrist-7',
    patient: 'p-12',
    presence: 'on',
    at: T,
    battery_percent: null,
  },
  access: { type: 'access', patient: 'p-12', ...ACCESS },
  shelf: { type: 'shelf', patient: 'p-12', ...SHELF },
  unattended: {
    type: 'unattended',
    cursor: '4294967300',
    at: T + 30_500,
    alarm: ALARM.id,
    patient: 'p-12',
    ward: 'north',
    priority: 'medium',
    since: T + 20_120,
    over: false,
  },
  observation: {
    type: 'observation',
    id: '7c9d9c4e-8a51-4c57-9c57-5a0a3c0c1a55',
    patient: 'p-12',
    by: 'nurse-1',
    t: T + 600_000,
    entered: T + 605_000,
    values: { body_temp: 38.2, systolic_bp: 104 },
    oxygen: 'oxygen',
    consciousness: 'alert',
  },
  news2: { type: 'news2', patient: 'p-12', at: T + 605_000, news2: NEWS2 },
  result: {
    type: 'result',
    id: 'a2',
    command: 'acknowledge',
    ok: false,
    code: 'alarm_not_live',
    message: 'the alarm is acknowledged since 2026-03-02T08:01:00.000Z by nurse-1',
  },
  service: {
    type: 'service',
    time: T + 31_000,
    recording: 'stopped',
    reason: 'disk_full',
    since: T + 30_000,
    alarm_log: 'ok',
  },
  heartbeat: { type: 'heartbeat', time: T + 40_000, cursor: '4294967299' },
  gap: { type: 'gap', oldest: '4294967299' },
};
