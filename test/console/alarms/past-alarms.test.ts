import t from 'tap';
import { alarmSteps } from '../../../src/console/alarms/alarm-steps.ts';
import { pastAlarms, retrospectives } from '../../../src/console/alarms/past-alarms.ts';
import type { Happening } from '../../../src/console/feed/ward-model.ts';
import type { Alarm } from '../../../src/model/alarm.ts';
import type { AlarmId, ClinicianId } from '../../../src/model/ids.ts';
import { anAlarm } from '../../support/alarms.ts';
import { ONSET } from '../../support/console-alarms.ts';

const NURSE = 'nurse-1' as ClinicianId;

t.test('breaches found late: each once, as it was told last', async (t) => {
  const late = (id: string, value: number): Alarm =>
    anAlarm(ONSET, { id: id as AlarmId, value, retrospective: true, presence: 'off' });
  const happenings: Happening[] = [
    { cursor: '4', event: 'retrospective', at: 4, alarm: late('a', 80) },
    { cursor: '3', event: 'raised', at: 3, alarm: anAlarm(ONSET) },
    { cursor: '2', event: 'retrospective', at: 2, alarm: late('b', 85) },
    { cursor: '1', event: 'retrospective', at: 1, alarm: late('a', 88) },
  ];
  t.match(retrospectives(happenings), [
    { id: 'a', value: 80 },
    { id: 'b', value: 85 },
  ]);
});

t.test('history of several patients is asked for a few at a time, and told newest first', async (t) => {
  const patients = Array.from({ length: 9 }, (_, i) => `p ${i}`);
  let underWay = 0;
  let most = 0;
  const asked: [string, unknown][] = [];
  const rest = {
    async get<Answer>(path: string, query: unknown): Promise<Answer> {
      asked.push([path, query]);
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      const onset = ONSET + Number(path.match(/p%20(\d)/)?.[1]);
      return { alarms: [anAlarm(onset)] } as Answer;
    },
  };
  const found = await pastAlarms(rest, patients, ONSET);
  t.same(
    found.map(({ onset }) => onset - ONSET),
    [8, 7, 6, 5, 4, 3, 2, 1, 0],
  );
  t.equal(most, 4);
  t.same(asked[0], ['/v1/patients/p%200/alarms', { from: ONSET - 86_400_000, to: ONSET, limit: 200 }]);
  t.equal(asked.length, 9);
});

t.test('who did what: what the alarm tells, and what was heard here, each once and in order', async (t) => {
  const seen = {
    presence: 'ack',
    acknowledged_by: NURSE,
    acknowledged_at: ONSET + 70_000,
    first_acknowledged_at: ONSET + 5_000,
    escalated_at: ONSET + 60_000,
    circle: 'ward',
  } as const;
  const alarm = anAlarm(ONSET, seen);
  const heard: Happening[] = [
    { cursor: '3', event: 'acknowledged', at: ONSET + 70_000, alarm },
    { cursor: '2', event: 'realerted', at: ONSET + 30_000, alarm },
    { cursor: '1', event: 'raised', at: 7, alarm: anAlarm(ONSET, { id: 'another' as AlarmId }) },
  ];
  t.same(alarmSteps(alarm, heard), [
    { at: ONSET, what: 'Raised' },
    { at: ONSET + 5_000, what: 'Acknowledged' },
    { at: ONSET + 30_000, what: 'Alerts again' },
    { at: ONSET + 60_000, what: 'Escalated to the ward' },
    { at: ONSET + 70_000, what: 'Acknowledged by nurse-1' },
  ]);
});
