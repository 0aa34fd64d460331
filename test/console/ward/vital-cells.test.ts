import t from 'tap';
import type { ShownValue } from '../../../src/console/feed/shown-value.ts';
import { vitalCells, vitalCount } from '../../../src/console/ward/vital-cells.ts';

const NOW = 1_000_000_000;
const value = (v: number | null, ageMs = 1_000, more: Partial<ShownValue> = {}): ShownValue => ({
  ...{ value: v, t: NOW - ageMs, measured: NOW - ageMs },
  ...more,
});
const shown = (values: Record<string, ShownValue>) =>
  vitalCells(values, NOW).map((cell) => [cell.label, cell.shown]);

t.test('each has its place, whatever order they come in', async (t) => {
  const values = {
    body_temp: value(37.04),
    steps: value(12),
    spo2: value(97),
    heart_rate: value(71.6),
    glucose: value(101),
    resp_rate: value(14),
  };
  t.same(shown(values), [
    ['HR', '72'],
    ['SpO2', '97'],
    ['RR', '14'],
    ['Temp', '37.0'],
    ['Gluc', '101'],
    ['Steps', '12'],
  ]);
  t.equal(vitalCount(values), 6);
});

t.test('a blood pressure is one', async (t) => {
  const values = { systolic_bp: value(120), diastolic_bp: value(80, 9_000), mean_bp: value(93) };
  t.match(vitalCells(values, NOW), [
    { key: 'bp', shown: '120/80', aside: '(93)', ageMs: 9_000, trend: 'systolic_bp', unit: 'mmHg' },
  ]);
  t.equal(vitalCount(values), 1);
  t.match(vitalCells({ mean_bp: value(93) }, NOW), [{ shown: '(93)', aside: null, trend: 'mean_bp' }]);
  t.match(vitalCells({ systolic_bp: value(120), diastolic_bp: value(null) }, NOW), [{ shown: '120/–' }]);
});

t.test('a value that is too old, or known to be none, is unknown and has its age', async (t) => {
  t.match(vitalCells({ heart_rate: value(71, 10_001) }, NOW), [{ shown: null, ageMs: 10_001 }]);
  t.match(vitalCells({ heart_rate: value(71, 10_000) }, NOW), [{ shown: '71' }]);
  t.match(vitalCells({ heart_rate: value(null, 2_000) }, NOW), [{ shown: null, ageMs: 2_000 }]);
  const old = 46 * 60_000;
  t.match(vitalCells({ systolic_bp: value(120, old), diastolic_bp: value(80, old) }, NOW), [
    { shown: null, ageMs: old },
  ]);
});

t.test('what is in doubt says so', async (t) => {
  t.match(vitalCells({ spo2: value(97, 1_000, { quality: 'motion' }) }, NOW), [
    { shown: '97', quality: 'motion' },
  ]);
  t.match(
    vitalCells({ systolic_bp: value(120), diastolic_bp: value(80, 1_000, { quality: 'poor_contact' }) }, NOW),
    [{ quality: 'poor_contact' }],
  );
});

t.test('a patient without a value has no places, and a vital of tomorrow is none of ours', async (t) => {
  t.same(vitalCells({}, NOW), []);
  t.same(vitalCells({ blood_colour: value(1) }, NOW), []);
});
