import t from 'tap';
import { accessWords, ageWords, news2Words, tileName } from '../../../src/console/ward/tile-words.ts';
import { vitalCells } from '../../../src/console/ward/vital-cells.ts';
import { anAlarm } from '../../support/alarms.ts';

const NOW = 1_000_000;

t.test('ages', async (t) => {
  t.equal(ageWords(4_999), 'now');
  t.equal(ageWords(8_200), '8 s');
  t.equal(ageWords(12 * 60_000), '12 min');
});

t.test('NEWS2 has a number, or says what it lacks', async (t) => {
  t.equal(news2Words({ kind: 'off' }), null);
  t.same(news2Words({ kind: 'score', scale: 1, score: 7, trigger: 'emergency', inputs: [] }), {
    brief: 'NEWS2 7',
    full: 'NEWS2 7 (emergency)',
  });
  t.same(news2Words({ kind: 'partial', scale: 1, lacks: ['oxygen', 'temperature'], inputs: [] }), {
    brief: 'NEWS2 partial',
    full: 'NEWS2 partial: lacks air or oxygen, temperature',
  });
});

t.test('a tile in one sentence: bed, worst alarm, values, and what is unknown', async (t) => {
  const values = {
    heart_rate: { value: 72, t: NOW, measured: NOW },
    spo2: { value: 84, t: NOW - 6_000, measured: NOW - 6_000, quality: 'motion' as const },
    resp_rate: { value: 14, t: NOW - 40_000, measured: NOW - 40_000 },
  };
  const access = { clinician: 'nurse-9', reason: 'called', from: NOW, until: NOW + 1 };
  const name = tileName({
    ...{ label: 'Bed 4', cells: vitalCells(values, NOW), news2: { kind: 'off' }, shelves: [], now: NOW },
    alarms: [anAlarm(NOW - 5_000, { value: 84, threshold: 90 }), anAlarm(NOW)],
    devices: [{ device: 'wrist-1', presence: 'on', since: 1, battery_percent: 12 }],
    access: [access],
  });
  t.equal(
    name,
    'Medium: Bed 4, SpO2 low, raised at 84 % (limit 90). and 1 more alarm. Heart rate 72 /min. ' +
      'Oxygen saturation 84 %, motion, measured 6 s ago. Respiratory rate unknown, last measured 40 s ago. ' +
      'Device on. Battery LOW 12 %. seen by nurse-9 from outside',
  );
  t.equal(accessWords(access), 'seen by nurse-9 from outside');
});

t.test('a patient of whom nothing is known looks so', async (t) => {
  const name = tileName({
    ...{ label: 'Bed 5', cells: [], news2: { kind: 'off' }, shelves: [], now: NOW },
    ...{ alarms: [], devices: [], access: [] },
  });
  t.equal(name, 'Bed 5: no alarm. No values yet. Device no device');
});
