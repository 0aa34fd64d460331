import t from 'tap';
import { alarmsByPatient } from '../../../src/console/ward/alarms-by-patient.ts';
import { alarmOfCell, chosenCells } from '../../../src/console/ward/chosen-cells.ts';
import { CALM, urgencyRank, waitsAt } from '../../../src/console/ward/urgency.ts';
import { vitalCells } from '../../../src/console/ward/vital-cells.ts';
import type { TechnicalAlarm } from '../../../src/model/alarm.ts';
import type { AlarmId, DeviceId } from '../../../src/model/ids.ts';
import { anAlarm, newLife, P1, P2 } from '../../support/alarms.ts';

const offline: TechnicalAlarm = {
  ...{ kind: 'technical', id: 't1' as AlarmId, patient: P1, device: 'D1' as DeviceId, priority: 'medium' },
  ...{ condition: 'device_offline', vital: null, last_value_at: null, onset: 5 },
  ...newLife(5),
};
const seen = { presence: 'ack' } as const;

t.test('by the worst alarm, and of two alike the one that waits', async (t) => {
  const ranks = [
    [anAlarm(1, { priority: 'high' })],
    [anAlarm(1, { priority: 'high', ...seen })],
    [anAlarm(1, { priority: 'medium' })],
    [anAlarm(1, { priority: 'medium', ...seen })],
    [anAlarm(1, { priority: 'low' })],
    [anAlarm(1, { priority: 'low', ...seen })],
    [offline],
    [{ ...offline, ...seen }],
    [],
  ].map(urgencyRank);
  t.same(ranks, [0, 1, 2, 3, 4, 5, 6, 7, CALM]);
  t.same(ranks.map(waitsAt), [true, false, true, false, true, false, true, false, false]);
  t.equal(urgencyRank([offline, anAlarm(1, { priority: 'high', ...seen })]), 1);
});

t.test('an alarm on the shelf does not wait, a high one does', async (t) => {
  t.equal(urgencyRank([anAlarm(1, { shelved_until: 99 })]), 3);
  t.equal(urgencyRank([anAlarm(1, { shelved_until: 99, priority: 'high' })]), 0);
});

t.test('one found in late samples moves nobody', async (t) => {
  t.equal(urgencyRank([anAlarm(1, { retrospective: true })]), CALM);
});

t.test('alarms of each patient, worst first', async (t) => {
  const live = [anAlarm(1, { ...seen }), anAlarm(2, { patient: P2 }), offline].map((alarm) => ({
    ...{ alarm, ward: 'w', addressed: true, calling: false },
  }));
  const of = alarmsByPatient([
    ...live,
    { alarm: { ...offline, patient: null }, ward: null, addressed: true, calling: false },
  ]);
  t.same([...of.keys()], [P1, P2]);
  t.same(
    of.get(P1)?.map(({ kind }) => kind),
    ['technical', 'physiological'],
    'what was seen comes last',
  );
});

t.test('an alarm marks the value that it is about', async (t) => {
  const value = { value: 80, t: 1_000, measured: 1_000 };
  const cells = vitalCells({ heart_rate: value, resp_rate: value, spo2: value, body_temp: value }, 1_000);
  const alarms = [offline, anAlarm(1)];
  t.same(
    cells.map((cell) => alarmOfCell(cell, alarms)?.kind ?? null),
    [null, 'physiological', null, null],
  );
  t.same(
    chosenCells(cells, [anAlarm(1, { vital: 'body_temp' })], 3).map(({ key }) => key),
    ['heart_rate', 'spo2', 'body_temp'],
    'and keeps its place where there is room for few',
  );
  t.equal(chosenCells(cells, [], 9), cells);
});
