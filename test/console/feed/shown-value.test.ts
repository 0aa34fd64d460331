import fc from 'fast-check';
import t from 'tap';
import { currentForMs, fromSnapshot, fromVitals, shownAt } from '../../../src/console/feed/shown-value.ts';
import { VITAL_NAMES } from '../../../src/model/vital.ts';

const NOW = 1_772_438_420_000;

t.test('a value is current for three usual intervals, and for ten seconds at least', async (t) => {
  t.equal(currentForMs('heart_rate'), 10_000);
  t.equal(currentForMs('body_temp'), 180_000);
  t.equal(currentForMs('systolic_bp'), 2_700_000);
});

t.test('past that it is unknown, and its age goes on', async (t) => {
  const value = fromSnapshot(NOW, { value: 92, t: NOW - 1_000, age_ms: 1_000 });
  t.same(shownAt('spo2', value, NOW + 8_000), { value: 92, ageMs: 9_000, quality: null });
  t.same(shownAt('spo2', value, NOW + 60_000), { value: null, ageMs: 61_000, quality: null });
});

t.test('what the server calls unknown is unknown however young', async (t) => {
  const value = fromSnapshot(NOW, { value: null, t: NOW - 2_000, age_ms: 2_000 });
  t.equal(shownAt('spo2', value, NOW).value, null);
});

t.test('the age is right although the clock of the device is an hour off', async (t) => {
  const first = fromSnapshot(NOW, { value: 71, t: NOW - 3_600_000, age_ms: 400 });
  const next = fromVitals(NOW + 1_500, { value: 72, t: NOW - 3_600_000 + 1_000 }, first);
  t.equal(shownAt('heart_rate', next, NOW + 1_500).ageMs, 900);
});

t.test('the same moment told again does not become younger', async (t) => {
  const first = fromSnapshot(NOW, { value: 71, t: NOW - 500, age_ms: 500 });
  const again = fromVitals(NOW + 20_000, { value: 71, t: NOW - 500 }, first);
  t.equal(again, first);
  t.equal(shownAt('heart_rate', again, NOW + 20_000).value, null);
});

t.test('whatever comes, an age is never below zero and an old value never shown as current', async () => {
  const moment = fc.integer({ min: -100_000, max: 100_000 });
  fc.assert(
    fc.property(fc.constantFrom(...VITAL_NAMES), moment, moment, moment, (vital, t, at, later) => {
      const value = fromVitals(NOW + at, { value: 1, t: NOW + t }, undefined);
      const shown = shownAt(vital, value, NOW + at + Math.abs(later));
      if (shown.ageMs < 0) return false;
      return shown.value === null || shown.ageMs <= currentForMs(vital);
    }),
  );
});
