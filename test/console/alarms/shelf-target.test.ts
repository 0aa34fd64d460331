import t from 'tap';
import { shelfOver, shelfTarget } from '../../../src/console/alarms/shelf-target.ts';
import { anAlarm } from '../../support/alarms.ts';
import {
  changeAlarm,
  combinationAlarm,
  news2Alarm,
  ONSET,
  technicalAlarm,
} from '../../support/console-alarms.ts';

t.test('what covers an alarm: falling counts as low, rising as high', async (t) => {
  t.same(shelfTarget(anAlarm(ONSET)), { patient: 'P1', vital: 'spo2', direction: 'low' });
  t.match(shelfTarget(changeAlarm()), { vital: 'spo2', direction: 'low' });
  t.match(shelfTarget(changeAlarm({ course: 'rising', vital: 'heart_rate' })), {
    vital: 'heart_rate',
    direction: 'high',
  });
});

t.test('combinations, NEWS2 and what is technical cannot be shelved', async (t) => {
  for (const alarm of [combinationAlarm(), news2Alarm(), technicalAlarm()])
    t.equal(shelfTarget(alarm), null, alarm.id);
});

t.test('the shelf of a target', async (t) => {
  const common = { by: 'charge-1', reason: 'Mask is being changed', from: ONSET, until: ONSET + 60_000 };
  const shelves = [
    { ...common, id: 's-1', vital: 'spo2', direction: 'high' },
    { ...common, id: 's-2', vital: 'spo2', direction: 'low' },
  ] as const;
  t.equal(shelfOver(shelves, { vital: 'spo2', direction: 'low' })?.id, 's-2');
  t.equal(shelfOver(shelves, { vital: 'glucose', direction: 'low' }), undefined);
});
