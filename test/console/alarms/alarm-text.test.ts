import t from 'tap';
import {
  alarmDetail,
  alarmDevice,
  alarmSentence,
  alarmSince,
  alarmStanding,
  alarmTitle,
  happeningText,
  priorityWord,
} from '../../../src/console/alarms/alarm-text.ts';
import { timeOfDay } from '../../../src/console/text/times.ts';
import { TECHNICAL_CONDITIONS } from '../../../src/model/alarm.ts';
import type { ClinicianId } from '../../../src/model/ids.ts';
import { anAlarm } from '../../support/alarms.ts';
import {
  changeAlarm,
  combinationAlarm,
  news2Alarm,
  ONSET,
  technicalAlarm,
} from '../../support/console-alarms.ts';

const NOW = ONSET + 62_000;
const clock = timeOfDay;

t.test('every kind in words, with units', async (t) => {
  const both = (alarm: Parameters<typeof alarmTitle>[0]): string[] => [
    alarmTitle(alarm),
    alarmDetail(alarm, NOW),
  ];
  t.same(both(anAlarm(ONSET, { value: 84 })), ['SpO2 low', 'raised at 84 % (limit 90)']);
  t.same(both(anAlarm(ONSET, { vital: 'body_temp', direction: 'high', value: 39.44, threshold: 39 })), [
    'Temp high',
    'raised at 39.4 °C (limit 39)',
  ]);
  t.same(both(changeAlarm()), ['SpO2 falling', '90 %, fell by 6 in 60 s (limit 4)']);
  t.same(
    both(
      changeAlarm({
        vital: 'heart_rate',
        course: 'rising',
        value: 130,
        change: 40,
        threshold: 40,
        window_ms: 300_000,
      }),
    ),
    ['HR rising', '130 /min, rose by 40 in 5 min (limit 40)'],
  );
  t.same(both(combinationAlarm()), ['early shock', 'PR 118 /min, SBP 94 mmHg']);
  t.same(both(news2Alarm()), ['NEWS2', 'score 7 (emergency)']);
  t.same(both(technicalAlarm()), ['Device not connected', 'no good value yet']);
  t.same(both(technicalAlarm({ condition: 'motion' })), ['Motion', ''], 'there may be good values meanwhile');
  t.same(both(technicalAlarm({ condition: 'signal_lost', vital: 'spo2', last_value_at: ONSET - 12_000 })), [
    'SpO2: signal lost',
    `last good value ${clock(ONSET - 12_000)}`,
  ]);
  for (const condition of TECHNICAL_CONDITIONS)
    t.match(alarmTitle(technicalAlarm({ condition })), /^[A-Z][a-z ,]+$/, condition);
});

t.test('rounding does not put a value on its limit', async (t) => {
  const shown = (value: number, threshold = 90): string =>
    alarmDetail(anAlarm(ONSET, { value, threshold }), NOW);
  t.equal(shown(89.6), 'raised at 89.6 % (limit 90)');
  t.equal(shown(89.97), 'raised at 89.97 % (limit 90)');
  t.equal(shown(89.4, 89.5), 'raised at 89 % (limit 89.5)');
  t.equal(shown(88.9), 'raised at 89 % (limit 90)');
  t.equal(shown(89.99999), 'raised at 90.000 % (limit 90)', 'three decimals are the most');
});

t.test('since when, of what, and how urgent', async (t) => {
  t.equal(alarmSince(anAlarm(ONSET), NOW), `since ${clock(ONSET)}`);
  t.match(
    alarmSince(anAlarm(ONSET), NOW + 3 * 86_400_000),
    /^since .*2026.*\d\d:\d\d:\d\d$/,
    'of another day',
  );
  t.equal(alarmDevice(anAlarm(ONSET)), 'device D1');
  t.equal(alarmDevice(news2Alarm()), '');
  t.equal(priorityWord(anAlarm(ONSET, { priority: 'high' })), 'High');
  t.equal(priorityWord(technicalAlarm()), 'Technical');
  t.equal(
    alarmSentence(anAlarm(ONSET, { priority: 'high', value: 74, threshold: 80 }), 'Bed 3', NOW),
    'High: Bed 3, SpO2 low, raised at 74 % (limit 80)',
  );
  t.equal(alarmSentence(technicalAlarm(), 'Bed 3', NOW), 'Technical: Bed 3, Device not connected');
});

t.test('what people did, and did not', async (t) => {
  const by = 'nurse-1' as ClinicianId;
  const standing = (fields: Parameters<typeof anAlarm>[1]) => alarmStanding(anAlarm(ONSET, fields), NOW);
  t.same(standing({}), ['62 s unacknowledged']);
  t.same(standing({ escalated_at: ONSET + 60_000, circle: 'ward', unattended: true }), [
    'UNATTENDED: no screen has it',
    'escalated to the ward, 62 s unacknowledged',
  ]);
  t.same(standing({ presence: 'latched', priority: 'high', ended: ONSET + 4_000 }), [
    `latched: condition gone since ${clock(ONSET + 4_000)}, seen by nobody`,
    '62 s unacknowledged',
  ]);
  t.same(standing({ presence: 'ack', acknowledged_by: by, acknowledged_at: ONSET + 9_000 }), [
    `acknowledged by nurse-1 ${clock(ONSET + 9_000)}`,
  ]);
  t.same(standing({ shelved_until: ONSET + 100_000 }), [`shelved until ${clock(ONSET + 100_000)}`]);
  t.same(standing({ presence: 'off', cleared: ONSET + 7_000, ended: ONSET + 7_000, retrospective: true }), [
    'found in data that came late',
  ]);
  t.same(standing({ presence: 'off', cleared: ONSET + 7_000, ended: ONSET + 7_000 }), [
    `over since ${clock(ONSET + 7_000)}`,
  ]);
});

t.test('what happened, and who did it', async (t) => {
  const alarm = anAlarm(ONSET, { acknowledged_by: 'nurse-1' as ClinicianId, circle: 'on_duty' });
  t.equal(happeningText('acknowledged', alarm), 'Acknowledged by nurse-1');
  t.equal(happeningText('acknowledged', anAlarm(ONSET)), 'Acknowledged');
  t.equal(happeningText('escalated', alarm), 'Escalated to everybody on duty');
  t.equal(happeningText('priority_raised', alarm), 'Got worse');
});
